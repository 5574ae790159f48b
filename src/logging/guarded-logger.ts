import { types } from 'node:util'
import { errorMessage } from '../util/thrown.js'
import type { LogData, Logger, LogLevel } from './logger.js'
import { LevelLogger } from './logger.js'

/** Whether a logger has failed in this process. The process tells of it once. */
let hasFailed = false

/**
 * The application's logger, as this package calls it: a method that throws, or that is async and rejects, harms nothing. A line
 * is often written where an error has nowhere else to go.
 */
export class GuardedLogger extends LevelLogger {
  constructor(private readonly inner: Logger) {
    super()
  }

  child(name: string, bindings?: LogData): Logger {
    try {
      return new GuardedLogger(this.inner.child(name, bindings))
    } catch (error) {
      failed(error)
      return this
    }
  }

  protected write(level: LogLevel, message: string, data: LogData | undefined): void {
    try {
      const inner: Readonly<Record<LogLevel, (message: string, data?: LogData) => unknown>> = this.inner
      const answer = inner[level](message, data)
      if (types.isPromise(answer)) answer.catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}

function failed(error: unknown): void {
  if (!hasFailed)
    process.emitWarning(`the logger failed, and log lines are lost: ${errorMessage(error)}`, 'PulsarQueue')
  hasFailed = true
}
