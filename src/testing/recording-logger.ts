import { Logger } from '../logging/logger.js'

/** A line that was logged. */
export interface LoggedLine {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  /** Data of the line, with the bindings of its child logger; empty when there is none. */
  readonly data: Readonly<Record<string, unknown>>
}

type Data = Readonly<Record<string, unknown>>

/** A logger that keeps its lines. Its children write into the same list. */
export class RecordingLogger extends Logger {
  constructor(
    readonly lines: LoggedLine[] = [],
    private readonly bindings: Data = {},
  ) {
    super()
  }

  trace(message: string, data?: Data): void {
    this.#add('trace', message, data)
  }
  debug(message: string, data?: Data): void {
    this.#add('debug', message, data)
  }
  info(message: string, data?: Data): void {
    this.#add('info', message, data)
  }
  warn(message: string, data?: Data): void {
    this.#add('warn', message, data)
  }
  error(message: string, data?: Data): void {
    this.#add('error', message, data)
  }
  child(_name: string, bindings: Data = {}): Logger {
    return new RecordingLogger(this.lines, { ...this.bindings, ...bindings })
  }

  #add(level: LoggedLine['level'], message: string, data: Data = {}): void {
    this.lines.push({ level, message, data: { ...this.bindings, ...data } })
  }
}
