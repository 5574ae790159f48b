import { Logger } from '../../logging/logger.js'
import { errorMessage, isError } from '../../util/thrown.js'
import type { LogLevel, LogLine } from './protocol.js'
import { toWireError } from './wire-error.js'

type Data = Readonly<Record<string, unknown>>

/** A logger in a member, of a run or of the app. The worker writes its lines. */
export class RemoteLogger extends Logger {
  constructor(
    private readonly send: (line: LogLine) => void,
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
    this.send({ level, name: this.name, message, data: plain({ ...this.bindings, ...data }) })
  }
}

/** Turns the data of a log line that cannot be sent into text. */
function plain(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    structuredClone(data)
    return data
  } catch {
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, isError(value) ? toWireError(value) : errorMessage(value)]),
    )
  }
}
