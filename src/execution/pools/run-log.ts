import type { Logger } from '../../logging/logger.js'
import { LineSplitter } from './line-splitter.js'
import type { LogMessage, OutputStream } from './protocol.js'

/** Writes a line that a member has sent. @param logger - of the run */
export function writeLine(logger: Logger, { level, name, message, data }: LogMessage): void {
  const named = name === null ? logger : logger.child(name)
  named[level](message, data)
}

/** Turns text that a job prints into lines of its log. */
export function lineLog(logger: Logger, stream: OutputStream): LineSplitter {
  return new LineSplitter((line) => {
    if (stream === 'stdout') logger.info(line)
    else logger.warn(line)
  })
}

/** Writes a text whose run is over, and which nothing will follow. */
export function printLines(logger: Logger, stream: OutputStream, text: string): void {
  const lines = lineLog(logger, stream)
  lines.push(text)
  lines.end()
}
