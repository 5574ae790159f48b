import { WaitTimeoutError } from '../errors.js'
import type { WaitOptions } from './task.js'
import { checkWait } from './check-wait.js'
import { toMilliseconds } from './duration.js'
import type { Deadline } from '../util/deadline.js'
import { deadline } from '../util/deadline.js'

/**
 * Waits for a promise, at most for the given time.
 *
 * @param begin - gives the promise. It is not called where the limits are wrong: nobody would wait for its promise
 * @throws {@link WaitTimeoutError}, or the signal's reason
 */
export async function boundedWait<T>(begin: () => Promise<T>, id: string, options?: WaitOptions): Promise<T> {
  const { timeout, signal } = typeof options === 'object' ? checkWait(options) : { timeout: options, signal: undefined }
  if (timeout === undefined && signal === undefined) return await begin()
  const ms = timeout === undefined ? null : toMilliseconds(timeout, 'timeout')
  signal?.throwIfAborted()
  let timer: Deadline | undefined
  let onAbort: (() => void) | undefined
  try {
    return await Promise.race([
      begin(),
      new Promise<never>((_, reject) => {
        if (ms !== null) timer = deadline(() => reject(new WaitTimeoutError(id, ms)), ms)
        onAbort = () => {
          reject(signal?.reason as Error)
        }
        signal?.addEventListener('abort', onAbort, { once: true })
      }),
    ])
  } finally {
    timer?.clear()
    if (onAbort) signal?.removeEventListener('abort', onAbort)
  }
}
