import { join } from 'node:path'
import type { JobContext } from 'pulsar-queue'
import { TaskError, defineJob } from 'pulsar-queue'
import { EntryWriter } from './entry-writer.js'

/** A file of this process alone: its id may come again. */
const path = join(process.env['LONG_RUN'] ?? '', `runs-${String(process.pid)}-${String(process.hrtime.bigint())}`)
const writer = new EntryWriter(path)
let written: Promise<void> | null = null

/**
 * Resolves when the file has all entries of this turn of the event loop, which are written together. A run that ends waits for it, so no
 * end that the store has is missing there, whenever the process is killed.
 */
async function whenWritten(): Promise<void> {
  written ??= new Promise((resolve) => {
    setImmediate(() => {
      written = null
      writer.flush()
      resolve()
    })
  })
  await written
}

/** A short run. */
defineJob(
  { name: 'long.step', maxRetries: 3, retryDelay: '20ms', resultTtl: '10m' },
  async function (this: JobContext, n: number, ms: number, fails: number) {
    const { fence, task } = this
    const entry = { fence, run: task.retry, value: process.pid }
    writer.add('started', n, entry)
    if (ms > 0) {
      await whenWritten()
      await new Promise((resolve) => setTimeout(resolve, ms))
    }
    const isFailing = task.retry <= fails
    writer.add(isFailing ? 'failed' : 'returned', n, entry)
    await whenWritten()
    if (isFailing) throw new TaskError('as planned')
    return { fence }
  },
)
