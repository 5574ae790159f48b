import { shareClass } from '../util/shared-class.js'

/** The destination of log lines. Token and contract: rebind `Logger` to use your own. */
export abstract class Logger {
  abstract trace(message: string, data?: Readonly<Record<string, unknown>>): void
  abstract debug(message: string, data?: Readonly<Record<string, unknown>>): void
  abstract info(message: string, data?: Readonly<Record<string, unknown>>): void
  abstract warn(message: string, data?: Readonly<Record<string, unknown>>): void
  abstract error(message: string, data?: Readonly<Record<string, unknown>>): void
  /** Makes a logger that adds a name and `bindings` to every line. */
  abstract child(name: string, bindings?: Readonly<Record<string, unknown>>): Logger
}
shareClass(Logger, 'Logger')

/** Writes nothing. */
export class SilentLogger extends Logger {
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(_message: string): void {}
  child(): Logger {
    return this
  }
}

/** Makes the real logger when the first line is written, since most runs write none. */
export class LazyLogger extends Logger {
  #logger: Logger | null = null

  constructor(private readonly make: () => Logger) {
    super()
  }

  trace(message: string, data?: Readonly<Record<string, unknown>>): void {
    this.#get().trace(message, data)
  }
  debug(message: string, data?: Readonly<Record<string, unknown>>): void {
    this.#get().debug(message, data)
  }
  info(message: string, data?: Readonly<Record<string, unknown>>): void {
    this.#get().info(message, data)
  }
  warn(message: string, data?: Readonly<Record<string, unknown>>): void {
    this.#get().warn(message, data)
  }
  error(message: string, data?: Readonly<Record<string, unknown>>): void {
    this.#get().error(message, data)
  }
  child(name: string, bindings?: Readonly<Record<string, unknown>>): Logger {
    return this.#get().child(name, bindings)
  }

  #get(): Logger {
    return (this.#logger ??= this.make())
  }
}
