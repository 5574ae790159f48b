import { Logger } from 'pulsar-queue'

/** One line of a log. */
export interface Line {
  readonly level: string
  readonly name: string
  readonly message: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Keeps what is logged. */
export class KeptLogger extends Logger {
  constructor(
    readonly lines: Line[] = [],
    private readonly name = '',
    private readonly bindings: Readonly<Record<string, unknown>> = {},
  ) {
    super()
  }
  trace(message: string, data?: Readonly<Record<string, unknown>>): void {
    this.#keep('trace', message, data)
  }
  debug(message: string, data?: Readonly<Record<string, unknown>>): void {
    this.#keep('debug', message, data)
  }
  info(message: string, data?: Readonly<Record<string, unknown>>): void {
    this.#keep('info', message, data)
  }
  warn(message: string, data?: Readonly<Record<string, unknown>>): void {
    this.#keep('warn', message, data)
  }
  error(message: string, data?: Readonly<Record<string, unknown>>): void {
    this.#keep('error', message, data)
  }
  child(name: string, bindings: Readonly<Record<string, unknown>> = {}): Logger {
    return new KeptLogger(this.lines, this.name === '' ? name : `${this.name}.${name}`, {
      ...this.bindings,
      ...bindings,
    })
  }
  #keep(level: string, message: string, data: Readonly<Record<string, unknown>> = {}): void {
    this.lines.push({ level, name: this.name, message, data: { ...this.bindings, ...data } })
  }
}
