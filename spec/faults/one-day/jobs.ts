import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JobContext } from 'pulsar-queue'
import { TaskError, defineJob } from 'pulsar-queue'

const TICKS = join(process.env['ONE_DAY'] ?? '', 'ticks')

/**
 * Notes which tick it runs for. A run whose worker is killed behind it comes again. A tick is late by seconds of this
 * clock where its scheduler waits some milliseconds for the machine: so none is passed over for that.
 */
function tick(this: JobContext): void {
  appendFileSync(TICKS, `${JSON.stringify([this.task.name, this.task.meta['tick']])}\n`)
}
const periodic = { resultTtl: '1h', maxRetries: 3, catchUp: 'all' } as const
defineJob({ ...periodic, name: 'minutely', cron: '* * * * *', timeZone: 'UTC' }, tick)
defineJob({ ...periodic, name: 'quarterly', runEvery: '15m' }, tick)
defineJob({ ...periodic, name: 'hourly', cron: '0 * * * *', timeZone: 'UTC' }, tick)

defineJob({ name: 'step', resultTtl: '1h' }, (n: number) => n)
defineJob({ name: 'delayed', resultTtl: '1h' }, function (this: JobContext, delay: number) {
  return this.task.timeStarted - this.task.timeQueued - delay
})
defineJob(
  { name: 'flaky', maxRetries: 3, retryDelay: '10m', backoff: { type: 'fixed', jitter: 0 } },
  function (this: JobContext) {
    if (this.task.retry < 3) throw new TaskError('not yet')
    return this.task.timeStarted - this.task.timeQueued - 20 * 60_000
  },
)
defineJob({ name: 'fails', resultTtl: '1h' }, () => {
  throw new TaskError('as planned')
})
