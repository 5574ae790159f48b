import { PulsarError, described } from './pulsar-error.js'

/**
 * An argument of a job is missing, unknown or of the wrong type. Thrown when a task is queued, and then nothing is queued.
 * A task that reaches a worker with such arguments fails with this message and is not retried.
 *
 * @remarks Correct the argument. If the job has changed, run `pq generate` again.
 */
export class InvalidArgumentsError extends PulsarError {
  readonly code = 'PQ_INVALID_ARGUMENTS'
  constructor(
    /** Name of the job. */
    readonly job: string,
    /** Name of the argument, with the path inside it: `to[0].address`. */
    readonly argument: string,
    /** The value that fits. */
    readonly expected: string,
    /** The value that was given. */
    readonly received: string,
    hint = '',
  ) {
    super(`${job}: expected argument ${argument} to be ${expected}, got ${received}${hint === '' ? '' : `; ${hint}`}`)
  }
}

/**
 * An option of a call, such as `queue(job, args, { priority: 10 })`, is unknown or malformed. Nothing was done.
 *
 * @remarks Correct the option; the message names the values that fit.
 */
export class InvalidOptionError extends PulsarError {
  readonly code = 'PQ_INVALID_OPTION'
  constructor(
    /** Name of the option. */
    readonly option: string,
    /** The value that fits. */
    readonly expected: string,
    /** The value that was given. */
    readonly received: string,
    hint = '',
  ) {
    super(`expected option ${option} to be ${expected}, got ${received}${hint === '' ? '' : `; ${hint}`}`)
  }
}

/**
 * A setting is unknown or malformed, or its configuration file cannot be read. Nothing was started.
 *
 * @remarks Correct the setting in the source that the message names. docs/settings.md lists all settings with their bounds.
 */
export class InvalidSettingError extends PulsarError {
  readonly code = 'PQ_INVALID_SETTING'
  constructor(
    /** Name of the setting, as its source spells it. */
    readonly setting: string,
    /** The value that fits. */
    readonly expected: string,
    /** The value that was given; passwords and tokens are hidden. */
    readonly received: string,
    /** Where it was set: `command line`, `environment`, `constructor` or `config file`. */
    readonly source: string,
    hint = '',
  ) {
    super(`${source}: expected setting ${setting} to be ${expected}, got ${received}${hint === '' ? '' : `; ${hint}`}`)
  }
}

/**
 * A duration is neither a number of seconds nor a string with its unit, is negative, or is longer than 100 years.
 *
 * @remarks Write `'250ms'`, `'2s'`, `'5m'`, `'1h'` or `'7d'`. A plain number is seconds, not milliseconds.
 */
export class InvalidDurationError extends PulsarError {
  readonly code = 'PQ_INVALID_DURATION'
  /** The value that was given. */
  readonly received: string
  constructor(
    /** Name of the option or setting. */
    readonly option: string,
    received: unknown,
    /** The value that fits. */
    readonly expected = "a number of seconds or a string such as '250ms', '2s', '5m', '1h' or '7d'",
  ) {
    super(`expected ${option} to be ${expected}, got ${described(received)}`)
    this.received = described(received)
  }
}

/**
 * The URL of a store is malformed, has an unknown parameter, or a scheme that no store is registered for.
 *
 * @remarks Correct `dataStore` or `messageBroker`. For a store of your own, call `registerBroker` first.
 */
export class InvalidUrlError extends PulsarError {
  readonly code = 'PQ_INVALID_URL'
  constructor(
    /** The URL, without its password. */
    readonly url: string,
    /** URLs that fit. */
    readonly expected: string,
    hint = '',
  ) {
    super(`expected a store URL such as ${expected}, got ${JSON.stringify(url)}${hint === '' ? '' : `; ${hint}`}`)
  }
}

/**
 * A filter of tasks has an unknown key, or a value that its key cannot have. Nothing was looked up or changed.
 *
 * @remarks Correct the term that the message quotes. docs/operate.md lists the keys.
 */
export class InvalidFilterError extends PulsarError {
  readonly code = 'PQ_INVALID_FILTER'
  constructor(
    /** The term: `stat:failed`. */
    readonly term: string,
    /** What fits in its place. */
    readonly expected: string,
    /** What was given. */
    readonly received: string,
    hint = '',
  ) {
    super(`filter: expected ${expected} in ${described(term)}, got ${received}${hint === '' ? '' : `; ${hint}`}`)
  }
}
