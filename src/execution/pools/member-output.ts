import { writeSync } from 'node:fs'
import { queueMicrotask } from '../../util/timers.js'
import type { OutputStream, Written } from './protocol.js'

/** Wait for a full pipe to be read, ms. */
const FULL_PIPE_WAIT = 5
const FILES: Readonly<Record<OutputStream, number>> = { stdout: 1, stderr: 2 }

/**
 * Writes what this process prints to its pipes at once, where Node would write it later, and counts the bytes. So nothing is
 * lost when a job ends the process, and the pool knows when it has read all.
 */
export function writeAtOnce(): () => Written {
  const written = { stdout: 0, stderr: 0 }
  const wait = new Int32Array(new SharedArrayBuffer(4))
  takeWrites((stream, bytes) => {
    written[stream] += bytes.length
    for (let rest = bytes; rest.length > 0;) {
      const count = writeSome(FILES[stream], rest)
      if (count === null) Atomics.wait(wait, 0, 0, FULL_PIPE_WAIT)
      else rest = rest.subarray(count)
    }
  })
  return () => ({ ...written })
}

/** Gets all that is printed in this thread or process in place of its stdout and stderr. */
export function takeWrites(take: (stream: OutputStream, bytes: Uint8Array) => void): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].write = (data: string | Uint8Array, ...rest: unknown[]): boolean => {
      const [encoding] = rest
      take(stream, typeof data === 'string' ? Buffer.from(data, isEncoding(encoding) ? encoding : 'utf8') : data)
      const callback = rest.at(-1)
      if (typeof callback === 'function') queueMicrotask(callback as () => void)
      return true
    }
  }
}

function isEncoding(value: unknown): value is BufferEncoding {
  return typeof value === 'string' && Buffer.isEncoding(value)
}

/** @returns the number of bytes that were written; null where the pipe is full. All of them where nobody reads any more */
function writeSome(file: number, bytes: Uint8Array): number | null {
  try {
    return writeSync(file, bytes)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? null : bytes.length
  }
}
