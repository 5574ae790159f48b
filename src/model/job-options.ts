import type { Duration } from './duration.js'
import type { Concurrency, ConcurrencyName } from './concurrency.js'

/** The growth of the wait between retries. */
export type Backoff =
  | {
      /** `fixed`: `retryDelay` each time. `exponential`: it doubles with each retry. */
      readonly type: 'fixed' | 'exponential'
      /** Longest wait. A duration. Default: no limit for `fixed`, `'1h'` for `exponential`. */
      readonly max?: Duration | undefined
      /** Random part of the wait, 0 to 1: with 0.2, a wait is shortened to 80 to 100 % of its length. Default 0. */
      readonly jitter?: number | undefined
    }
  /** A function that returns the wait, or null to give up. `retry` is the number of the retry, from 1. */
  | ((retry: number, error: unknown) => Duration | null)

/** A time of the day. An absent member counts as 0. */
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
  /** Concurrency mode, by constant or by name. Default `ASYNC_IO`. */
  readonly concurrency?: Concurrency | ConcurrencyName | undefined
  /** Number of retries of a failing task: with 3, it runs up to 4 times. Default 0. */
  readonly maxRetries?: number | undefined
  /** Wait before a retry. A duration. Default 0. */
  readonly retryDelay?: Duration | undefined
  /** Growth of the wait with each retry. Default `{ type: 'fixed' }`. */
  readonly backoff?: Backoff | undefined
  /**
   * Longest time of one run, from its start. A run that takes longer is aborted, and its task is retried as after a failure.
   * Where no retry is left, the task ends as REVOKED. A run that blocks the event loop cannot be aborted meanwhile: one that then
   * returns has succeeded. A duration. Default: no limit.
   */
  readonly timeout?: Duration | undefined
  /** A task that has not started by this time after it was due ends as REVOKED. A duration. Default: never. */
  readonly expires?: Duration | undefined
  /** Most tasks of this job that run at once, in all workers together. Default: no limit. */
  readonly maxConcurrency?: number | undefined
  /** Whether a task over `maxConcurrency` waits, or ends as REVOKED. Default `wait`. */
  readonly overflow?: 'wait' | 'revoke' | undefined
  /** Priority, 0 to 9. Higher ones run first. Default 4. */
  readonly priority?: number | undefined
  /** Queue of the job's tasks where the caller names none. Default: the setting `defaultTaskQueue`. */
  readonly defaultQueue?: string | undefined
  /** Time for which an ended task is kept, ten minutes at least. A duration. Default `'1h'`, for failures `'7d'`. */
  readonly resultTtl?: Duration | undefined
  /**
   * Members of arguments, results and metadata that operators do not see, beside those of the setting `redact`: `['password', 'card.*']`.
   * Their values are hidden in errors, stacks and logs, too.
   */
  readonly redact?: readonly string[] | undefined
  /** The DTO class whose members are the arguments. Needed only where there is no decorator metadata. */
  readonly args?: (abstract new (...args: never[]) => object) | undefined
  /** Tokens of the constructor's parameters. Needed only where there is no decorator metadata. */
  readonly inject?: readonly unknown[] | undefined
  /**
   * Periodic jobs: time between two ticks, more than 0. A duration. Ticks are counted from `anchor`. Without an anchor they
   * are counted from the moment at which a scheduler first sees the job, so that the first run comes one `runEvery` later.
   * The store keeps that moment.
   */
  readonly runEvery?: Duration | undefined
  /**
   * Periodic jobs: the start of the count of `runEvery`, a date or a time of the day in `timeZone`. With a time of the day,
   * `runEvery` must divide a day evenly or be a number of whole days. Ticks then keep their time of the day when the clocks
   * change. Several days are counted from 1970-01-01, a Thursday.
   */
  readonly anchor?: Date | TimeOfDay | undefined
  /**
   * Periodic jobs: a cron expression in place of `runEvery`. Its fields are minute, hour, day, month and weekday. An
   * expression with six fields has the seconds first.
   */
  readonly cron?: string | undefined
  /** Time zone of `cron` and of a time of the day in `anchor`: an IANA name. Default: the zone of the process. */
  readonly timeZone?: string | undefined
  /**
   * Which of the ticks that were missed while no scheduler ran are queued afterwards: `none`, the `latest`, or `all` of them,
   * one after the other. Default `latest`.
   */
  readonly catchUp?: 'none' | 'latest' | 'all' | undefined
}
