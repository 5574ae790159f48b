import type { Container } from '../container/container.js'
import { described, InvalidOptionError } from '../errors.js'
import type { Config } from '../model/config.js'
import type { Manifest } from '../model/manifest.js'
import type { MetaParams } from '../model/queue-options.js'
import type { Duration } from '../model/duration.js'
import type { Http } from '../jobs/http.js'
import type { ShellOptions } from '../jobs/shell.js'
import { checkOptionNames } from '../model/check-option-names.js'
import type { QueuedCall } from './job-run.js'

/** Stands in for `this.http`. */
export interface FakeHttp {
  /** Gives a `Response`, or a promise of one; the global `fetch` makes real requests. */
  fetch(...args: Parameters<Http['fetch']>): unknown
}

/** Options of {@link runJob}. A duration is a number of **seconds** or a string with its unit. */
export interface RunJobOptions<J = unknown> {
  /** The constructor's arguments themselves, in place of what a container would inject. */
  readonly inject?: (J extends abstract new (...args: infer P) => unknown ? Readonly<P> : readonly []) | undefined
  /** Binds fakes in the container that builds the job: `(container) => container.register(Store, { useValue })`. */
  readonly bind?: ((container: Container) => unknown) | undefined
  /** The container that builds the job: `fromTypedi(Container)`, `app.container`. Default: an empty one. */
  readonly container?: object | undefined
  /** The manifest of the generated client: arguments are then checked by type, as in production. Default: none. */
  readonly manifest?: Manifest | undefined
  /**
   * What becomes of the tasks that the job queues: it gives each one's result, and what it throws makes that task a
   * FAILURE. Nothing is really queued. Default: each succeeds with `undefined`.
   */
  readonly queue?: ((call: QueuedCall) => unknown) | undefined
  /** Default: none; a job that makes a request all the same makes `runJob` reject. */
  readonly http?: FakeHttp | undefined
  /**
   * Stands in for `this.shell`: gives what the command would write on stdout. What it throws, such as a `ShellError`,
   * the job gets. Default: none; a job that runs a command all the same makes `runJob` reject.
   */
  readonly shell?: ((command: string, options: ShellOptions) => string | Promise<string>) | undefined
  /** Names of locks that another holder has: `tryLock` gives null, and `lock` times out. Default: none. */
  readonly taken?: readonly string[] | undefined
  /** Stops the run when it is aborted, as a revoke does. */
  readonly signal?: AbortSignal | undefined
  /** Longest time of the run, in real time; 0 for none. A duration. Default: the job's. */
  readonly timeout?: Duration | undefined
  /** Number of the run of the task (`task.retry`), from 1. Default 1. */
  readonly retry?: number | undefined
  /** The task's `meta`, and overrides of the job's options. */
  readonly metaParams?: MetaParams | undefined
  /** Settings that the job finds in `backend.config`; durations in ms there. Default: those of an app without any. */
  readonly config?: Partial<Config> | undefined
}

const NAMES = {
  inject: 'an array',
  bind: 'a function',
  container: 'a container',
  manifest: 'the manifest of a generated client',
  queue: 'a function',
  http: 'an object with a function fetch',
  shell: 'a function',
  taken: 'an array of names',
  signal: 'an AbortSignal',
  timeout: 'a duration',
  retry: 'a whole number of at least 1',
  metaParams: 'an object',
  config: 'an object',
} satisfies Record<keyof RunJobOptions, string>

/** @throws {@link InvalidOptionError} naming the first that is unknown or malformed */
export function checkRunJobOptions(options: RunJobOptions<never>): void {
  checkOptionNames(options, Object.keys(NAMES))
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (value !== undefined && !fits(name as keyof RunJobOptions, value)) {
      throw new InvalidOptionError(name, NAMES[name as keyof RunJobOptions], described(value))
    }
  }
}

function fits(name: keyof RunJobOptions, value: unknown): boolean {
  if (name === 'inject' || name === 'taken') return Array.isArray(value)
  if (name === 'bind' || name === 'queue' || name === 'shell') return typeof value === 'function'
  if (name === 'retry') return Number.isInteger(value) && (value as number) >= 1
  // The parser has the best message.
  if (name === 'timeout') return true
  if (typeof value !== 'object' || value === null) return false
  if (name === 'http') return 'fetch' in value && typeof value.fetch === 'function'
  if (name === 'container') return 'build' in value && 'register' in value
  return name !== 'signal' || value instanceof AbortSignal
}
