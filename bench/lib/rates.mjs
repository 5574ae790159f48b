/** Rates out of the stamps of workers (working.mjs). */

/**
 * Tasks per second, and the worker's CPU time a task in µs, from the moment when the first `warm` tasks had begun.
 *
 * @param workers - what each worker answers to `stamps`
 * @param end - ms since the epoch: when all had ended
 */
export function rateAfterWarmUp(workers, { warm, tasks, end }) {
  const begun = workers.flatMap(({ stamps }) => stamps).sort((a, b) => a.at - b.at)
  const every = tasks / begun.length
  const { at: from } = begun[Math.min(begun.length - 1, Math.round(warm / every))]
  const parts = workers.map(({ stamps, now }) => {
    const since = stamps.find(({ at }) => at >= from) ?? now
    return { cpu: now.cpu - since.cpu, runs: now.runs - since.runs }
  })
  const sum = (name) => parts.reduce((total, part) => total + part[name], 0)
  const runs = Math.max(1, sum('runs'))
  return { rate: runs / ((end - from) / 1_000), workerMicros: (sum('cpu') * 1e6) / runs }
}

/** The same for one worker, between two numbers of runs of which there are stamps. */
export function rateBetween({ stamps }, first, last) {
  const from = stamps.find(({ runs }) => runs >= first)
  const to = stamps.findLast(({ runs }) => runs <= last)
  const runs = to.runs - from.runs
  if (runs <= 0) throw new Error(`no stamps between the runs ${first} and ${last}`)
  return { rate: runs / ((to.at - from.at) / 1_000), workerMicros: ((to.cpu - from.cpu) * 1e6) / runs }
}
