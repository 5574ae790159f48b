import type { LoggedLine } from '../model/logged-line.js'
import type { LogData, Logger, LogLevel } from '../logging/logger.js'
import { LevelLogger } from '../logging/logger.js'
import { logData } from '../logging/log-data.js'
import { systemTime } from '../util/timers.js'
import { errorMessage } from '../util/thrown.js'

/** Most lines of a run that are kept, and most characters of one and of all: they are stored with the outcome. */
const MOST_LINES = 100
const LONGEST_LINE = 1_000
const LONGEST_DATA = 1_000
const LONGEST_LOG = 12_000

/** Gets a line and its number in the run, from 0. Must not throw. */
export type LineListener = (line: LoggedLine, number: number) => void

/** Lines that follow one another. */
export interface FollowedLines {
  /** Number of the first one in its run. */
  readonly first: number
  readonly lines: readonly LoggedLine[]
}

/** The last lines that a run has logged. Created with the logger of a run, so that one which logs nothing has none. */
export class LastLines {
  readonly #lines: LoggedLine[] = []
  #written = 0
  #follow: LineListener | null = null

  /** A logger that writes to another one, and keeps its lines here. */
  of(logger: Logger): Logger {
    return new KeepingLogger(logger, this)
  }

  add(level: LogLevel, message: string, data: LogData | undefined): void {
    const text = message.slice(0, LONGEST_LINE)
    const written = data === undefined ? undefined : writtenData(data)
    const line: LoggedLine = written === undefined ? [systemTime(), level, text] : [systemTime(), level, text, written]
    this.#lines.push(line)
    this.#follow?.(line, this.#written)
    this.#written += 1
    if (this.#lines.length > MOST_LINES) this.#lines.shift()
  }

  /** Tells each further line, until it is followed by another, or by nobody. @returns those that are kept, and the number of the first */
  follow(listen: LineListener | null): FollowedLines {
    this.#follow = listen
    const lines = [...this.#lines]
    return { first: this.#written - lines.length, lines }
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
