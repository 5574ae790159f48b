import type { Redis } from 'ioredis'
import type { Deadline } from '../../../util/deadline.js'
import { deadline } from '../../../util/deadline.js'
import { performance } from '../../../util/timers.js'

/** Time without an answer after which a connection counts as half-open, ms. */
const SILENCE = 5_000
/** Slowest link speed that is supported, bytes per ms. A call's deadline grows with the bytes that are still to be sent. */
export const SLOWEST = 50

/**
 * Ends a connection that is half-open: it owes an answer, and nothing is heard of it. While much is being sent, nothing need be
 * heard: what the kernel and the network have taken says nothing of what has arrived. So each byte that is under way
 * lengthens the time.
 *
 * The `socketTimeout` of ioredis has one time for a small call and a large one, and a loop that was blocked for longer ends by it
 * a connection whose answer has come: its timer runs before the answer is read.
 */
export class SilenceWatch {
  #heardAt = 0

  /** @param underWay - bytes of calls that are not answered */
  constructor(
    private readonly redis: Redis,
    private readonly underWay: () => number,
  ) {
    redis.on('connect', () => {
      redis.stream.on('data', () => {
        this.#heardAt = performance.now()
      })
      // The server may be silent from the first moment on.
      void this.over(
        new Promise<void>((resolve) => {
          const done = (): void => {
            redis.off('ready', done)
            redis.off('close', done)
            resolve()
          }
          redis.on('ready', done)
          redis.on('close', done)
        }),
      )
    })
  }

  /** Local time at which something was heard last, ms. */
  get heardAt(): number {
    return this.#heardAt
  }

  /** Time since something was heard, ms. */
  get silentFor(): number {
    return performance.now() - this.#heardAt
  }

  /** Watches the present connection until an answer has come, or will not come. @returns whether it has come */
  async over(answer: Promise<unknown>): Promise<boolean> {
    const { stream } = this.redis
    const since = performance.now()
    let timer: Deadline | undefined
    const look = (): void => {
      const silent = performance.now() - Math.max(since, this.#heardAt)
      const left = SILENCE + this.underWay() / SLOWEST - silent
      if (left > 0) timer = deadline(look, left)
      else stream.destroy(new Error(`Socket timeout: nothing was heard for ${String(Math.round(silent))} ms`))
    }
    look()
    const isAnswered = await answer.then(
      () => true,
      () => false,
    )
    timer?.clear()
    return isAnswered
  }
}
