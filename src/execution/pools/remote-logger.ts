import { Logger } from '../../logging/logger.js'
import type { LogLevel } from './protocol.js'

type Data = Readonly<Record<string, unknown>>

/** The logger of a run in a member. The worker writes its lines, with the name of the job and the id of the task. */
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
