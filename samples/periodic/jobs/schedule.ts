import { Job, PeriodicJob } from 'pulsar-queue'

/** Five times a second. */
@Job({ runEvery: '200ms' })
export class Heartbeat extends PeriodicJob {
  run() {
    return this.task.meta['tick']
  }
}

/** On working days at half past seven in Rome, summer and winter; missed while nothing ran: once, when something does. */
@Job({ cron: '30 7 * * 1-5', timeZone: 'Europe/Rome', catchUp: 'latest' })
export class MorningReport extends PeriodicJob {
  run() {
    return 'sent'
  }
}

/** Whenever it has waited long enough: a schedule of its own. */
@Job()
export class WhenQuiet extends PeriodicJob {
  override isDue(lastRunAt: number) {
    const waited = Date.now() - lastRunAt
    return [waited >= 500, waited >= 500 ? '500ms' : '50ms'] as const
  }

  run() {
    return 'quiet'
  }
}
