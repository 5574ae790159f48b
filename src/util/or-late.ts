import { afterArrived, pause } from './timers.js'

/** What a promise resolves to; `late` when a time, ms, is over before that. */
export async function orLate<T>(promise: Promise<T>, ms: number): Promise<T | 'late'> {
  const over = new AbortController()
  try {
    return await Promise.race([
      promise,
      pause(ms, over.signal).then(async () => {
        await new Promise<void>(afterArrived)
        return 'late' as const
      }),
    ])
  } finally {
    over.abort()
  }
}
