/**
 * What a producer can be asked for. Acts that queue go on for so many `tasks`, or for so many `seconds`, whichever is over first.
 */
import { percentile } from './stats.mjs'
import { clock, pause } from './time.mjs'

const PAYLOAD = { a: 4, b: 6 }

/** Most tasks of one call of `bulk`. */
const BULK = 1_000

/** Time between two looks at how many tasks have ended, ms. */
const LOOK_EVERY = 5

/**
 * Counts the tasks of an act, which asks for the number of its next call until that is 0.
 *
 * @returns how many tasks it had, and the seconds that it took
 */
async function counted({ tasks = Infinity, seconds = Infinity }, act) {
  const since = performance.now()
  const until = since + seconds * 1_000
  let begun = 0
  await act((most) => {
    const next = performance.now() < until ? Math.min(most, tasks - begun) : 0
    begun += next
    return next
  })
  return { tasks: begun, seconds: (performance.now() - since) / 1_000 }
}

/** The payload of a measurement. @param bytes - of a text beside the two numbers; 0: none */
const payloadOf = (bytes = 0) => (bytes === 0 ? PAYLOAD : { ...PAYLOAD, text: 'x'.repeat(bytes) })

export function producing(queue) {
  return {
    /** What the peer has no call for. */
    lacks: () => Object.keys(queue).filter((name) => queue[name] === null),

    /** One call after the other. */
    awaited: (limits) =>
      counted(limits, async (next) => {
        while (next(1) > 0) await queue.add(PAYLOAD)
      }),

    /** `width` calls at once, then the next ones. */
    atOnce: ({ width, bytes, ...limits }) =>
      counted(limits, async (next) => {
        const payload = payloadOf(bytes)
        for (let length = next(width); length > 0; length = next(width)) {
          await Promise.all(Array.from({ length }, () => queue.add(payload)))
        }
      }),

    /** Calls for up to 1,000 tasks each, `width` of them under way. */
    bulk: ({ width, ...limits }) =>
      counted(limits, async (next) => {
        const send = async () => {
          for (let length = next(BULK); length > 0; length = next(BULK)) {
            await queue.addMany(Array.from({ length }, () => PAYLOAD))
          }
        }
        await Promise.all(Array.from({ length: width }, send))
      }),

    /** Times from call to result, ms, of `width` callers. */
    roundTrips: async ({ width, ...limits }) => {
      const times = []
      const all = await counted(limits, async (next) => {
        const call = async () => {
          while (next(1) > 0) {
            const since = performance.now()
            const result = await queue.roundTrip(PAYLOAD)
            if (result !== 10) throw new Error(`expected the result to be 10, got ${String(result)}`)
            times.push(performance.now() - since)
          }
        }
        await Promise.all(Array.from({ length: width }, call))
      })
      times.sort((a, b) => a - b)
      return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), ...all }
    },

    /** Tasks whose delays are spread from `lead` to `lead + spread`, ms. Of a warm-up nobody asks how late they are. */
    delayed: ({ tasks, lead, spread, size = 500, isWarmUp = false }) =>
      counted({ tasks }, async (next) => {
        let i = 0
        for (let length = next(size); length > 0; length = next(size)) {
          const delays = Array.from({ length }, (_, at) => lead + Math.round(((i + at) / tasks) * spread))
          const now = Date.now()
          const list = delays.map((delay) => (isWarmUp ? PAYLOAD : { ...PAYLOAD, due: now + delay }))
          await queue.addMany(list, delays)
          i += length
        }
      }),

    /** How many tasks have ended. */
    ended: () => queue.completed(),

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
