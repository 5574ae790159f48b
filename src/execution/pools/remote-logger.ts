import { Logger } from '../../logging/logger.js'
import type { LogLevel } from './protocol.js'

type Data = Readonly<Record<string, unknown>>

/** A run's logger in a member: its lines are written by the worker, under the job's name and with the task's id. */
export class RemoteLogger extends Logger {
  constructor(
    private readonly send: (level: LogLevel, name: string | null, message: string, data: Data | undefined) => void,
    private readonly name: string | null = null,
    private readonly bindings: Data = {},
  ) {
    super()
  }

  trace(message: string, data?: Data): void {
    this.#log('trace', message, data)
  }
  debug(message: string, data?: Data): void {
    this.#log('debug', message, data)
  }
  info(message: string, data?: Data): void {
    this.#log('info', message, data)
  }
  warn(message: string, data?: Data): void {
    this.#log('warn', message, data)
  }
  error(message: string, data?: Data): void {
    this.#log('error', message, data)
  }

  child(name: string, bindings?: Data): Logger {
    const full = this.name === null ? name : `${this.name}.${name}`
    return new RemoteLogger(this.send, full, { ...this.bindings, ...bindings })
  }

  #log(level: LogLevel, message: string, data: Data | undefined): void {
    this.send(level, this.name, message, { ...this.bindings, ...data })
  }
}
