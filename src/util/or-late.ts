import type { Deadline } from './deadline.js'
import { deadline } from './deadline.js'

/** What a promise resolves to; `late` when a time, ms, is over before that. */
export async function orLate<T>(promise: Promise<T>, ms: number): Promise<T | 'late'> {
  let timer: Deadline | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = deadline(() => {
      resolve('late')
    }, ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    timer?.clear()
  }
}
