/** What a producer can be asked for. */
import { percentile } from './stats.mjs'
import { clock, pause } from './time.mjs'

const PAYLOAD = { a: 4, b: 6 }

/** Most tasks of one call of `bulk`. */
const BULK = 1_000

/** Time between two looks at how many tasks have ended, ms. */
const LOOK_EVERY = 5

async function seconds(act) {
  const since = performance.now()
  await act()
  return (performance.now() - since) / 1_000
}

/** The payload of a measurement. @param bytes - of a text beside the two numbers; 0: none */
const payloadOf = (bytes = 0) => (bytes === 0 ? PAYLOAD : { ...PAYLOAD, text: 'x'.repeat(bytes) })

export function producing(queue) {
  return {
    /** What the peer has no call for. */
    lacks: () => Object.keys(queue).filter((name) => queue[name] === null),

    /** One call after the other. @returns seconds */
    awaited: ({ tasks }) =>
      seconds(async () => {
        for (let i = 0; i < tasks; i++) await queue.add(PAYLOAD)
      }),

    /** `width` calls at once, then the next ones. @returns seconds */
    atOnce: ({ tasks, width, bytes }) =>
      seconds(async () => {
        const payload = payloadOf(bytes)
        for (let left = tasks; left > 0; left -= width) {
          await Promise.all(Array.from({ length: Math.min(width, left) }, () => queue.add(payload)))
        }
      }),

    /** Calls for up to 1,000 tasks each, `width` of them under way. @returns seconds */
    bulk: ({ tasks, width }) =>
      seconds(async () => {
        let left = tasks
        const send = async () => {
          while (left > 0) {
            const length = Math.min(BULK, left)
            left -= length
            await queue.addMany(Array.from({ length }, () => PAYLOAD))
          }
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

    /** Tasks whose delays are spread from `lead` to `lead + spread`, ms. Of a warm-up nobody asks how late they are. @returns seconds */
    delayed: ({ tasks, lead, spread, size = 500, isWarmUp = false }) =>
      seconds(async () => {
        for (let i = 0; i < tasks; i += size) {
          const delays = Array.from(
            { length: Math.min(size, tasks - i) },
            (_, at) => lead + Math.round(((i + at) / tasks) * spread),
          )
          const now = Date.now()
          const list = delays.map((delay) => (isWarmUp ? PAYLOAD : { ...PAYLOAD, due: now + delay }))
          await queue.addMany(list, delays)
        }
      }),

    /** Resolves when so many tasks have ended. @returns when that was seen, ms since the epoch */
    completed: async ({ tasks, patience = 120_000 }) => {
      for (const since = clock(); ; await pause(LOOK_EVERY)) {
        const completed = await queue.completed()
        if (completed >= tasks) return clock()
        if (clock() - since > patience) throw new Error(`${completed} of ${tasks} tasks have ended in ${patience / 1_000} s`)
      }
    },

    /** Reads the result of a task of its own, where the peer keeps results. */
    readable: async () => {
      if (queue.result === null) return false
      const id = await queue.add(PAYLOAD)
      for (let i = 0; i < 500; i++) {
        const result = await Promise.resolve(queue.result(id)).catch(() => undefined)
        if (result === 10) return true
        await pause(10)
      }
      throw new Error('the result of a task cannot be read')
    },

    usage: () => process.memoryUsage(),
  }
}
