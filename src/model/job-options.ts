import type { Duration } from './duration.js'
import type { Concurrency, ConcurrencyName } from './concurrency.js'

/** Wait between retries. */
export type Backoff =
  | {
      /** `fixed`: `retryDelay` each time. `exponential`: it doubles with each retry. */
      readonly type: 'fixed' | 'exponential'
      /** Longest wait. A duration. Default: none for `fixed`, `'1h'` for `exponential`. */
      readonly max?: Duration | undefined
      /** Part of the wait that is random, 0 to 1: 0.2 gives 80 to 100 % of it. Default 0. */
      readonly jitter?: number | undefined
    }
  /** `retry` counts from 1. Returns the wait, or null to give up. */
  | ((retry: number, error: unknown) => Duration | null)

/** A time of the day; what is left out is 0. */
export interface TimeOfDay {
  /** 0 to 23. */
  readonly hour?: number | undefined
  /** 0 to 59. */
  readonly minute?: number | undefined
  /** 0 to 59. */
  readonly second?: number | undefined
}

/** Options of `@Job` and `defineJob`. A duration is a number of **seconds** or a string with its unit, `'250ms'`. */
export interface JobOptions {
  /** Name on the wire. Default: the class name split into words, `ExtractDocx` → `extract.docx`. */
  readonly name?: string | undefined
  /** How it runs, by constant or by name. Default `ASYNC_IO`. */
  readonly concurrency?: Concurrency | ConcurrencyName | undefined
  /** Runs after the first that a failing task gets: 3 means up to 4 runs. Default 0. */
  readonly maxRetries?: number | undefined
  /** Wait before a retry. A duration. Default 0. */
  readonly retryDelay?: Duration | undefined
  /** How the wait grows. Default `{ type: 'fixed' }`. */
  readonly backoff?: Backoff | undefined
  /**
   * Longest time of one run, from its start. A run that takes longer is aborted, and retried like one that failed; where no
   * retry is left, the task ends as REVOKED. A duration. Default: none.
   */
  readonly timeout?: Duration | undefined
  /** A task not started this long after it was due ends as REVOKED. A duration. Default: never. */
  readonly expires?: Duration | undefined
  /** Most tasks of this job at once over all workers. Default: no limit. */
  readonly maxConcurrency?: number | undefined
  /** Whether a task over `maxConcurrency` waits, or ends as REVOKED. Default `wait`. */
  readonly overflow?: 'wait' | 'revoke' | undefined
  /** 0 to 9, higher first. Default 4. */
  readonly priority?: number | undefined
  /** Queue of its tasks where the caller names none. Default: the setting `defaultTaskQueue`. */
  readonly defaultQueue?: string | undefined
  /** How long a result is kept after its task ended (ten minutes at least). A duration. Default `'1h'`; failures `'7d'`. */
  readonly resultTtl?: Duration | undefined
  /** The DTO class whose members are the arguments, where there is no decorator metadata to tell. */
  readonly args?: (abstract new (...args: never[]) => object) | undefined
  /** Arguments of the constructor, where there is no decorator metadata to tell. */
  readonly inject?: readonly unknown[] | undefined
  /**
   * Periodic jobs: time between two ticks, more than 0. A duration. Counted from `anchor`; without one from the first start of
   * a scheduler that knows the job, so that its first run comes one `runEvery` later. What counts is kept in the store.
   */
  readonly runEvery?: Duration | undefined
  /**
   * Periodic jobs: what `runEvery` counts from, a date or a time of the day in `timeZone`. With a time of the day,
   * `runEvery` divides a day or is whole days, and ticks stay at their time when the clocks change; several days are counted
   * from 1970-01-01, a Thursday.
   */
  readonly anchor?: Date | TimeOfDay | undefined
  /**
   * Periodic jobs: a cron expression in place of `runEvery`: minute, hour, day, month, weekday, and seconds before them where
   * there are six fields.
   */
  readonly cron?: string | undefined
  /** Time zone of `cron` and of a time of the day in `anchor`, an IANA name. Default: that of the process. */
  readonly timeZone?: string | undefined
  /**
   * Which of the ticks that were missed while no scheduler ran are made up for: `none`, the `latest`, or `all`, one after the
   * other.
   * Default `latest`.
   */
  readonly catchUp?: 'none' | 'latest' | 'all' | undefined
}
