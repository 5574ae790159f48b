import type { Logger as Pino } from 'pino'
import { pino } from 'pino'
import { PinoPretty } from 'pino-pretty'
import type { Config } from '../model/config.js'
import { errorMessage } from '../util/thrown.js'
import { logData } from './log-data.js'
import { Logger } from './logger.js'

type Data = Readonly<Record<string, unknown>>
type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error'

/** Logs through pino: readable lines on a terminal, JSON elsewhere. Created by the wiring unless `Logger` is rebound. */
export class PinoLogger extends Logger {
  readonly #pino: Pino
  /** The logger without a name. Children are made from it: a child of a named logger would write two names. */
  readonly #root: Pino

  /**
   * @param name - name in every line; the name of a child is added after a dot
   * @param level - lowest level that is written
   * @param bindings - data in every line
   */
  constructor(
    private readonly name: string,
    private readonly level: Config['logLevel'],
    private readonly bindings: Data = {},
    root?: Pino,
  ) {
    super()
    this.#root = root ?? create(level)
    this.#pino = this.#root.child({ ...bindings, name })
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

  child(name: string, bindings: Data = {}): Logger {
    return new PinoLogger(`${this.name}.${name}`, this.level, { ...this.bindings, ...logData(bindings) }, this.#root)
  }

  #write(level: Level, message: unknown, data: Data | undefined): void {
    if (!this.#pino.isLevelEnabled(level)) return
    this.#pino[level](logData(data), typeof message === 'string' ? message : errorMessage(message))
  }
}

function create(level: Config['logLevel']): Pino {
  // Errors come as plain data, which pino would take for errors again.
  const serializers = { err: (err: unknown) => err }
  const options = { level, base: { pid: process.pid }, serializers }
  // Lines are written synchronously: the last lines before a crash are the most important ones.
  if (!process.stderr.isTTY) return pino(options, pino.destination({ dest: 2, sync: true }))
  return pino(options, PinoPretty({ destination: 2, sync: true, ignore: 'hostname', translateTime: 'HH:MM:ss.l' }))
}
