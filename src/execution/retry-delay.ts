import type { JobOptions } from '../model/job-options.js'
import type { MetaParams } from '../model/queue-options.js'
import { toMilliseconds } from '../model/duration.js'
import { unawaited } from '../util/unawaited.js'

const LONGEST_EXPONENTIAL = 3_600_000

/** The `retryDelay` of a task, or else of its job, in ms. @throws {@link InvalidDurationError} */
export function baseRetryDelay(options: JobOptions, meta: MetaParams | undefined): number {
  return toMilliseconds(meta?.retryDelay ?? options.retryDelay ?? 0, 'retryDelay')
}

/**
 * The wait before a retry.
 *
 * @param retry - the number of the retry, from 1
 * @returns ms; null when the job's own backoff gives up
 */
export function retryDelay(
  options: JobOptions,
  meta: MetaParams | undefined,
  retry: number,
  error: unknown,
): number | null {
  const { backoff } = options
  const base = baseRetryDelay(options, meta)
  if (backoff === undefined) return base
  if (typeof backoff === 'function') {
    const chosen = unawaited(backoff(retry, error))
    return chosen === null ? null : toMilliseconds(chosen, 'the backoff function')
  }
  const exponential = backoff.type === 'exponential'
  const most =
    backoff.max === undefined
      ? exponential
        ? LONGEST_EXPONENTIAL
        : Infinity
      : toMilliseconds(backoff.max, 'backoff.max')
  // Past 1,024 doublings the factor is infinite, and no delay times infinity is no number.
  const wait = base === 0 ? 0 : Math.min(most, exponential ? base * 2 ** (retry - 1) : base)
  return Math.round(wait * (1 - Math.random() * (backoff.jitter ?? 0)))
}
