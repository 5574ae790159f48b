import { types } from 'node:util'
import { errorMessage } from '../util/thrown.js'
import { Logger } from './logger.js'

type Data = Readonly<Record<string, unknown>>
type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error'

/** Whether a logger has failed in this process. The process tells of it once. */
let hasFailed = false

/**
 * The application's logger, as this package calls it: a method that throws, or that is async and rejects, harms nothing. A line
 * is often written where an error has nowhere else to go.
 */
export class GuardedLogger extends Logger {
  constructor(private readonly inner: Logger) {
    super()
  }

  trace(message: string, data?: Data): void {
    this.#write('trace', message, data)
  }
  debug(message: string, data?: Data): void {
    this.#write('debug', message, data)
  }
  info(message: string, data?: Data): void {
    this.#write('info', message, data)
  }
  warn(message: string, data?: Data): void {
    this.#write('warn', message, data)
  }
  error(message: string, data?: Data): void {
    this.#write('error', message, data)
  }

  child(name: string, bindings?: Data): Logger {
    try {
      return new GuardedLogger(this.inner.child(name, bindings))
    } catch (error) {
      failed(error)
      return this
    }
  }

  #write(level: Level, message: string, data: Data | undefined): void {
    try {
      const inner: Readonly<Record<Level, (message: string, data?: Data) => unknown>> = this.inner
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
