import { PulsarError } from './pulsar-error.js'

/**
 * A binding of the container was changed after the application had started.
 *
 * @remarks Register everything before the first `start()`.
 */
export class AlreadyStartedError extends PulsarError {
  readonly code = 'PQ_ALREADY_STARTED'
  constructor(
    /** The action that came too late. */
    readonly action: string,
  ) {
    super(`${action} after start(); do it before`)
  }
}

/**
 * A program serves several apps, and one of them has worker processes. A worker process runs the program again, and would
 * start the other apps as well.
 *
 * @remarks Serve them with `workers: 0`, or write a program for each. An app of which only `api()` is used does not count.
 */
export class SeveralAppsError extends PulsarError {
  readonly code = 'PQ_SEVERAL_APPS'
  constructor() {
    super(
      'expected an app with worker processes to be the only one that the program starts, got another one before; ' +
        'serve them with workers: 0, or write a program for each',
    )
  }
}

/**
 * A bundle that contains this package starts a server, or loads jobs from files. For both the package needs its own files, and a
 * bundle has none. Queueing tasks and awaiting results works from a bundle.
 *
 * @remarks Leave the package external: see docs/toolchains.md for the setting of your bundler.
 */
export class BundledError extends PulsarError {
  readonly code = 'PQ_BUNDLED'
  constructor(options?: ErrorOptions) {
    super(
      'expected the files of the package pulsar-queue, which a worker and jobs that are loaded from files need, got a bundle ' +
        'that contains the package; leave it external in your bundler (esbuild: --external:pulsar-queue; webpack: ' +
        "externals: { 'pulsar-queue': 'module pulsar-queue' }; Next.js: serverExternalPackages: ['pulsar-queue']) " +
        'and install it where the bundle runs',
      options,
    )
  }
}

/**
 * The setting `telemetry` asks for OpenTelemetry, and the package `@opentelemetry/api` cannot be loaded.
 *
 * @remarks Install it: `npm install @opentelemetry/api`, with the SDK of your choice; or set `telemetry` to `none`.
 */
export class TelemetryMissingError extends PulsarError {
  readonly code = 'PQ_TELEMETRY_MISSING'
  constructor(options?: ErrorOptions) {
    super(
      'expected the package @opentelemetry/api, which the setting telemetry asks for, got none; install it ' +
        '(npm install @opentelemetry/api), or set telemetry to none',
      options,
    )
  }
}

/**
 * A member was used that exists only after `start()`.
 *
 * @remarks Await `start()` first.
 */
export class NotStartedError extends PulsarError {
  readonly code = 'PQ_NOT_STARTED'
  constructor(
    /** The action that came too early. */
    readonly action: string,
    /** The call that makes it possible. Default: `start()`. */
    readonly needs = 'start()',
  ) {
    super(`${action} before ${needs}; await ${needs} first`)
  }
}

/**
 * A part of the application was used after `close()`, or closed while a call was waiting. Futures that are pending at
 * `close()` reject with it; their tasks go on.
 *
 * @remarks Await what is pending before `close()`, or create a new application.
 */
export class ClosedError extends PulsarError {
  readonly code = 'PQ_CLOSED'
  constructor(
    /** The part that is closed, such as `producer`. */
    readonly part: string,
  ) {
    super(`the ${part} is closed; await its calls before close()`)
  }
}
