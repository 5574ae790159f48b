/** Where log lines go. Token and contract: rebind `Logger` to use your own. */
export abstract class Logger {
  abstract trace(message: string, data?: Readonly<Record<string, unknown>>): void
  abstract debug(message: string, data?: Readonly<Record<string, unknown>>): void
  abstract info(message: string, data?: Readonly<Record<string, unknown>>): void
  abstract warn(message: string, data?: Readonly<Record<string, unknown>>): void
  abstract error(message: string, data?: Readonly<Record<string, unknown>>): void
  /** A logger that adds its name and `bindings` to every line. */
  abstract child(name: string, bindings?: Readonly<Record<string, unknown>>): Logger
}

/** Says nothing. For producers that were given no logger. */
export class SilentLogger extends Logger {
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
  child(): Logger {
    return this
  }
}
