import type { Logger as Pino } from 'pino'
import { pino } from 'pino'
import { PinoPretty } from 'pino-pretty'
import type { Config } from '../model/config.js'
import { Logger } from '../util/logger.js'

type Data = Readonly<Record<string, unknown>>

/** Logs through pino: lines for a person on a terminal, JSON elsewhere. Made by the wiring unless `Logger` is rebound. */
export class PinoLogger extends Logger {
  readonly #pino: Pino

  /** @param name - in every line; a child's name follows after a dot */
  constructor(
    private readonly name: string,
    level: Config['logLevel'],
    inner?: Pino,
  ) {
    super()
    this.#pino = inner ?? create(name, level)
  }

  trace(message: string, data?: Data): void {
    this.#pino.trace(data ?? {}, message)
  }
  debug(message: string, data?: Data): void {
    this.#pino.debug(data ?? {}, message)
  }
  info(message: string, data?: Data): void {
    this.#pino.info(data ?? {}, message)
  }
  warn(message: string, data?: Data): void {
    this.#pino.warn(data ?? {}, message)
  }
  error(message: string, data?: Data): void {
    this.#pino.error(data ?? {}, message)
  }

  child(name: string, bindings: Data = {}): Logger {
    const full = `${this.name}.${name}`
    return new PinoLogger(full, this.#pino.level as Config['logLevel'], this.#pino.child({ ...bindings, name: full }))
  }
}

function create(name: string, level: Config['logLevel']): Pino {
  const options = { level, base: { pid: process.pid, name } }
  // Written as it is logged: what a process says just before it dies is what one wants to read.
  if (!process.stderr.isTTY) return pino(options, pino.destination({ dest: 2, sync: true }))
  return pino(options, PinoPretty({ destination: 2, sync: true, ignore: 'hostname', translateTime: 'HH:MM:ss.l' }))
}
