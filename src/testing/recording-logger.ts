import type { LogData, Logger } from '../logging/logger.js'
import { LevelLogger } from '../logging/logger.js'

/** A line that was logged. */
export interface LoggedLine {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  /** Data of the line, with the bindings of its child logger; empty when there is none. */
  readonly data: Readonly<Record<string, unknown>>
}

/** A logger that keeps its lines. Its children write into the same list. */
export class RecordingLogger extends LevelLogger {
  constructor(
    readonly lines: LoggedLine[] = [],
    private readonly bindings: LogData = {},
  ) {
    super()
  }

  child(_name: string, bindings: LogData = {}): Logger {
    return new RecordingLogger(this.lines, { ...this.bindings, ...bindings })
  }

  protected write(level: LoggedLine['level'], message: string, data: LogData = {}): void {
    this.lines.push({ level, message, data: { ...this.bindings, ...data } })
  }
}
