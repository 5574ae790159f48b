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

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error'
export type LogData = Readonly<Record<string, unknown>>

/** A logger that writes the lines of all levels in one way. */
export abstract class LevelLogger extends Logger {
  trace(message: string, data?: LogData): void {
    this.write('trace', message, data)
  }
  debug(message: string, data?: LogData): void {
    this.write('debug', message, data)
  }
  info(message: string, data?: LogData): void {
    this.write('info', message, data)
  }
  warn(message: string, data?: LogData): void {
    this.write('warn', message, data)
  }
  error(message: string, data?: LogData): void {
    this.write('error', message, data)
  }

  protected abstract write(level: LogLevel, message: string, data: LogData | undefined): void
}

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
