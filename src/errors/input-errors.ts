import { PulsarError, described } from './pulsar-error.js'

/** An argument of a job that is missing, unknown or of the wrong type. Nothing was queued. */
export class InvalidArgumentsError extends PulsarError {
  readonly code = 'PQ_INVALID_ARGUMENTS'
  constructor(
    /** Job name. */
    readonly job: string,
    /** Name of the argument, with the path inside it: `to[0].address`. */
    readonly argument: string,
    /** What it must be. */
    readonly expected: string,
    /** What came. */
    readonly received: string,
    hint = '',
  ) {
    super(`${job}: expected argument ${argument} to be ${expected}, got ${received}${hint === '' ? '' : `; ${hint}`}`)
  }
}

/** An option of a call, such as `queue(job, args, { priority: 10 })`, that is unknown or malformed. */
export class InvalidOptionError extends PulsarError {
  readonly code = 'PQ_INVALID_OPTION'
  constructor(
    readonly option: string,
    readonly expected: string,
    readonly received: string,
    hint = '',
  ) {
    super(`expected option ${option} to be ${expected}, got ${received}${hint === '' ? '' : `; ${hint}`}`)
  }
}

/** A setting that is unknown or malformed. */
export class InvalidSettingError extends PulsarError {
  readonly code = 'PQ_INVALID_SETTING'
  constructor(
    readonly setting: string,
    readonly expected: string,
    readonly received: string,
    /** Where it was set: `command line`, `environment`, `constructor`, `config file`. */
    readonly source: string,
    hint = '',
  ) {
    super(`${source}: expected setting ${setting} to be ${expected}, got ${received}${hint === '' ? '' : `; ${hint}`}`)
  }
}

/** A duration that is neither seconds nor a string with its unit. */
export class InvalidDurationError extends PulsarError {
  readonly code = 'PQ_INVALID_DURATION'
  readonly received: string
  constructor(
    readonly option: string,
    received: unknown,
    readonly expected = "a number of seconds or a string such as '250ms', '2s', '5m', '1h' or '7d'",
  ) {
    super(`expected ${option} to be ${expected}, got ${described(received)}`)
    this.received = described(received)
  }
}

/** A store URL that cannot be read, or whose scheme nobody registered. The URL in it has no password. */
export class InvalidUrlError extends PulsarError {
  readonly code = 'PQ_INVALID_URL'
  constructor(
    readonly url: string,
    readonly expected: string,
  ) {
    super(`expected a store URL such as ${expected}, got ${JSON.stringify(url)}`)
  }
}
