import type { Logger as Pino } from 'pino'
import { pino } from 'pino'
import type { PinoPretty } from 'pino-pretty'
import type { Config } from '../model/config.js'
import { errorMessage } from '../util/thrown.js'
import { logData } from './log-data.js'
import type { LogData, Logger, LogLevel } from './logger.js'
import { LevelLogger } from './logger.js'

/** Writes readable lines; null: lines stay JSON. */
export type ReadableLines = typeof PinoPretty | null

/** Readable lines for a terminal, null elsewhere. Loaded late: a service writes to no terminal, and holds no code for one. */
export async function loadReadableLines(): Promise<ReadableLines> {
  return process.stderr.isTTY ? (await import('pino-pretty')).PinoPretty : null
}

/** Logs through pino: readable lines on a terminal, JSON elsewhere. Created by the wiring unless `Logger` is rebound. */
export class PinoLogger extends LevelLogger {
  readonly #pino: Pino
  /** The logger without a name. Children are made from it: a child of a named logger would write two names. */
  readonly #root: Pino

  /**
   * @param name - name in every line; the name of a child is added after a dot
   * @param level - lowest level that is written
   * @param readable - what {@link loadReadableLines} gives
   * @param bindings - data in every line
   */
  constructor(
    private readonly name: string,
    private readonly level: Config['logLevel'],
    private readonly readable: ReadableLines = null,
    private readonly bindings: LogData = {},
    root?: Pino,
  ) {
    super()
    this.#root = root ?? create(level, readable)
    // The root decides, so that a change of its level counts for all.
    this.#pino = this.#root.child({ ...bindings, name }, { level: 'trace' })
  }

  /** Changes the lowest level that is written, of all loggers of the same root. */
  setLevel(level: LogLevel): void {
    this.#root.level = level
  }

  child(name: string, bindings: LogData = {}): Logger {
    const all = { ...this.bindings, ...logData(bindings) }
    return new PinoLogger(`${this.name}.${name}`, this.level, this.readable, all, this.#root)
  }

  protected write(level: LogLevel, message: unknown, data: LogData | undefined): void {
    if (!this.#root.isLevelEnabled(level)) return
    this.#pino[level](logData(data), typeof message === 'string' ? message : errorMessage(message))
  }
}

function create(level: Config['logLevel'], readable: ReadableLines): Pino {
  // Errors come as plain data, which pino would take for errors again.
  const serializers = { err: (err: unknown) => err }
  const options = { level, base: { pid: process.pid }, serializers }
  // Lines are written synchronously: the last lines before a crash are the most important ones.
  if (readable === null) return pino(options, pino.destination({ dest: 2, sync: true }))
  return pino(options, readable({ destination: 2, sync: true, ignore: 'hostname', translateTime: 'HH:MM:ss.l' }))
}
