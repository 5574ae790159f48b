import type { LogData, Logger, LogLevel } from '../../logging/logger.js'
import { LevelLogger } from '../../logging/logger.js'
import { errorMessage, isError, keysOf, member } from '../../util/thrown.js'
import type { LogLine } from './protocol.js'
import { toWireError } from './wire-error.js'
import { carried } from './wire-value.js'

/** Most members of the data of a line that are sent. */
const MOST_MEMBERS = 1_000

/** A logger in a member, of a run or of the app. The worker writes its lines. */
export class RemoteLogger extends LevelLogger {
  constructor(
    private readonly send: (line: LogLine) => void,
    private readonly name: string | null = null,
    /** Plain data, as `child` makes them. */
    private readonly bindings: LogData = {},
  ) {
    super()
  }

  child(name: string, bindings?: LogData): Logger {
    const full = this.name === null ? name : `${this.name}.${name}`
    return new RemoteLogger(this.send, full, { ...this.bindings, ...plain(bindings) })
  }

  protected write(level: LogLevel, message: unknown, data: LogData | undefined): void {
    const text = typeof message === 'string' ? message : errorMessage(message)
    this.send({ level, name: this.name, message: text, data: { ...this.bindings, ...plain(data) } })
  }
}

/** The data of a log line as they are sent. What cannot be sent becomes text. Never throws, whatever the data are. */
function plain(data: unknown): LogData {
  if (typeof data !== 'object' || data === null) return {}
  // Each member is read once: a getter may throw, or give a promise that nobody awaits.
  const read = Object.fromEntries(
    keysOf(data)
      .slice(0, MOST_MEMBERS)
      .map((key) => [key, member(data, key)]),
  )
  const whole = carried(read)
  if (whole !== null) return whole.clone as LogData
  return Object.fromEntries(Object.entries(read).map(([key, value]) => [key, sent(value)]))
}

function sent(value: unknown): unknown {
  const copy = carried(value)
  if (copy !== null) return copy.clone
  return isError(value) ? toWireError(value) : errorMessage(value)
}
