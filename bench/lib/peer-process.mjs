/**
 * A producer or a worker of a peer, in a process of its own: `node peer-process.mjs <peer> <role> <settings>`. It does what
 * the parent asks for, and answers with the result, the CPU time that it took, and all that it has taken so far, seconds.
 */
import { percentile } from './stats.mjs'

const [, , peer, role, json] = process.argv
const settings = JSON.parse(json)
const { producer, worker } = await import(`../peers/${peer}.mjs`)
/** Time for all tasks of a measurement to end, ms. */
const PATIENCE = 120_000

const PAYLOAD = { a: 4, b: 6 }

const clock = () => performance.timeOrigin + performance.now()

const seconds = async (act) => {
  const since = performance.now()
  await act()
  return (performance.now() - since) / 1_000
}

function producing(queue) {
  return {
    /** One call after the other. */
    awaited: ({ tasks }) =>
      seconds(async () => {
        for (let i = 0; i < tasks; i++) await queue.add(PAYLOAD)
      }),
    /** `width` calls at once, then the next ones. */
    atOnce: ({ tasks, width }) =>
      seconds(async () => {
        for (let i = 0; i < tasks; i += width) await Promise.all(Array.from({ length: width }, () => queue.add(PAYLOAD)))
      }),
    /** Calls for 1,000 tasks each, `width` of them under way. */
    bulk: ({ tasks, width }) =>
      seconds(async () => {
        const list = Array.from({ length: 1_000 }, () => PAYLOAD)
        let left = Math.ceil(tasks / list.length)
        const send = async () => {
          while (left-- > 0) await queue.addMany(list)
        }
        await Promise.all(Array.from({ length: width }, send))
      }),
    /** Times from call to result, ms, and all of them together, s. */
    roundTrips: async ({ tasks, width }) => {
      const times = []
      let left = tasks
      const call = async () => {
        while (left-- > 0) {
          const since = performance.now()
          const result = await queue.roundTrip(PAYLOAD)
          if (result !== 10) throw new Error(`expected the result to be 10, got ${String(result)}`)
          times.push(performance.now() - since)
        }
      }
      const all = await seconds(async () => await Promise.all(Array.from({ length: width }, call)))
      times.sort((a, b) => a - b)
      return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), seconds: all }
    },
    /** Tasks whose delays are spread over a time. */
    delayed: async ({ tasks, spread, lead }) => {
      for (let i = 0; i < tasks; i += 500) {
        const size = Math.min(500, tasks - i)
        const delays = Array.from({ length: size }, (_, at) => lead + Math.round(((i + at) / tasks) * spread))
        const list = delays.map((delay) => ({ ...PAYLOAD, due: Date.now() + delay }))
        await queue.addMany(list, delays)
      }
    },
    /** Resolves when so many tasks have ended. @returns when that was seen, ms since the epoch */
    completed: async ({ tasks }) => {
      for (const since = clock(); ; await new Promise((resolve) => setTimeout(resolve, 5))) {
        const completed = await queue.completed()
        if (completed >= tasks) return clock()
        if (clock() - since > PATIENCE) throw new Error(`${completed} of ${tasks} tasks have ended after two minutes`)
      }
    },
  }
}

/** A worker's answers: when its first run began, and how late delayed tasks began, ms. */
function working(state) {
  return {
    first: async () => state.first,
    lateness: async () => {
      const sorted = state.late.sort((a, b) => a - b)
      return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), runs: sorted.length }
    },
  }
}

const state = { first: 0, late: [] }
/** CPU time since a former reading, or of the whole process, s. */
const cpuTime = (before) => {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
const onStarted = (due) => {
  if (state.first === 0) state.first = clock()
  if (due) state.late.push(Date.now() - due)
}
const made = role === 'producer' ? await producer(settings) : await worker({ ...settings, onStarted })
const acts = role === 'producer' ? producing(made) : working(state)

process.on('message', async ({ act, options }) => {
  const before = process.cpuUsage()
  try {
    const result = act === 'close' ? await made.close() : await acts[act](options ?? {})
    process.send({ result, cpu: cpuTime(before), cpuSoFar: cpuTime() })
    if (act === 'close') process.disconnect()
  } catch (error) {
    process.send({ error: error.stack })
  }
})
process.send('ready')
