import { appendFileSync, readFileSync, readdirSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { now } from '../history/recorder.js'

/** Who uses it: the worker that is never killed, one of the others, the producer, or the store. */
export type UsageOf = 'survivor' | 'worker' | 'producer' | 'store'

/** What a process or the store uses at a moment, by name. */
export interface Usage {
  readonly of: UsageOf
  /** ms of the machine's monotonic clock. */
  readonly at: number
  readonly figures: Readonly<Record<string, number>>
}

/** Time between two looks, ms. */
export const LOOK_EVERY = 10_000
const MB = 2 ** 20

/**
 * Writes every ten seconds, or another time, what this process uses. Its heap is measured after a full collection: what lies there uncollected
 * says when the collector came, and not what is held. The resident memory has what the allocators keep for later as well.
 */
export function tellUsage(
  path: string,
  of: UsageOf,
  more: () => Readonly<Record<string, number>> = () => ({}),
  every = LOOK_EVERY,
): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const tell = (): void => {
    collect()
    const { rss, heapUsed, external } = process.memoryUsage()
    const figures = {
      'heap (MB)': heapUsed / MB,
      'buffers (MB)': external / MB,
      'resident (MB)': rss / MB,
      'open files': readdirSync('/proc/self/fd').length,
      handles: process.getActiveResourcesInfo().filter((name) => name !== 'Timeout' && name !== 'Immediate').length,
      ...more(),
    }
    writeUsage(path, { of, at: now(), figures })
  }
  setInterval(tell, every).unref()
}

export function writeUsage(path: string, usage: Usage): void {
  appendFileSync(path, `${JSON.stringify(usage)}\n`)
}

/** All usage that was written so far. A process that was killed may have left half a line. */
export function readUsage(path: string): readonly Usage[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.flatMap((line) => (line.endsWith('}}') ? [JSON.parse(line) as Usage] : []))
}
