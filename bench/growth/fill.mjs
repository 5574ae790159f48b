/** Tasks of one step: a call must not outlast the parent's patience. */
const STEP = 100_000

/** Queues so many tasks, and resolves with the seconds that it took. @param act - 'bulk' or 'delayed' */
export async function fill(producer, tasks, { act = 'bulk', ...options } = {}) {
  let seconds = 0
  for (let left = tasks; left > 0; left -= STEP) {
    const size = Math.min(STEP, left)
    seconds += (await producer.act(act, { tasks: size, width: 2, ...options }, 300_000)).result.seconds
  }
  return seconds
}
