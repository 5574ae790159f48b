import type { LoggedLine } from '../model/logged-line.js'
import type { LogData, Logger, LogLevel } from '../logging/logger.js'
import { LevelLogger } from '../logging/logger.js'
import { logData } from '../logging/log-data.js'
import { systemTime } from '../util/timers.js'
import { errorMessage } from '../util/thrown.js'
import { startOf } from '../util/cut-text.js'

/** Most lines of a run that are kept, and most characters of one and of all: they are stored with the outcome. */
const MOST_LINES = 100
const LONGEST_LINE = 1_000
const LONGEST_DATA = 1_000
const LONGEST_LOG = 12_000

/** Gets a line and its number in the run, from 0. Must not throw. */
export type LineListener = (line: LoggedLine, number: number) => void

/** The last lines that a run has logged. Created with the logger of a run, so that one which logs nothing has none. */
export class LastLines {
  readonly #lines: LoggedLine[] = []
  #written = 0
  #listen: LineListener | null = null

  /** A logger that writes to another one, and keeps its lines here. */
  of(logger: Logger): Logger {
    return new KeepingLogger(logger, this)
  }

  add(level: LogLevel, message: string, data: LogData | undefined): void {
    const text = startOf(message, LONGEST_LINE)
    const written = data === undefined ? undefined : writtenData(data)
    const line: LoggedLine = written === undefined ? [systemTime(), level, text] : [systemTime(), level, text, written]
    this.#lines.push(line)
    this.#listen?.(line, this.#written)
    this.#written += 1
    if (this.#lines.length > MOST_LINES) this.#lines.shift()
  }

  /** Number of lines that were logged: that of the next one. */
  get written(): number {
    return this.#written
  }

  /** Number of the oldest line that is here. */
  get first(): number {
    return this.#written - this.#lines.length
  }

  /** Tells each further line, until it is told to another listener, or to none (null). */
  tell(listen: LineListener | null): void {
    this.#listen = listen
  }

  /** The lines from a number on, as far as they are here. */
  from(number: number): readonly LoggedLine[] {
    return this.#lines.slice(Math.max(0, number - this.first))
  }

  /** In order: as many of the last ones as are stored. */
  kept(): readonly LoggedLine[] {
    let size = 0
    const first = this.#lines.findLastIndex(
      ([, , text, data = '']) => (size += text.length + data.length) > LONGEST_LOG,
    )
    return this.#lines.slice(first + 1)
  }
}

class KeepingLogger extends LevelLogger {
  constructor(
    private readonly inner: Logger,
    private readonly lines: LastLines,
  ) {
    super()
  }

  child(name: string, bindings?: LogData): Logger {
    return new KeepingLogger(this.inner.child(name, bindings), this.lines)
  }

  protected write(level: LogLevel, message: unknown, data: LogData | undefined): void {
    this.lines.add(level, typeof message === 'string' ? message : errorMessage(message), data)
    this.inner[level](message as string, data)
  }
}

/** As JSON; undefined: it has none, or is too large. Never throws. */
function writtenData(data: LogData): string | undefined {
  try {
    const copy = logData(data)
    if (Object.keys(copy).length === 0) return undefined
    const written = JSON.stringify(copy, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    return written.length > LONGEST_DATA ? undefined : written
  } catch {
    return undefined
  }
}
