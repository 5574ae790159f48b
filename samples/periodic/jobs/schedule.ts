import { Job, PeriodicJob } from 'pulsar-queue'

/** Runs five times a second. Its result is the moment of its tick. */
@Job({ runEvery: '200ms' })
export class Heartbeat extends PeriodicJob {
  run() {
    return this.task.meta['tick']
  }
}

/** Runs on working days at half past seven in Rome. After a pause of all schedulers it catches up on one tick. */
@Job({ cron: '30 7 * * 1-5', timeZone: 'Europe/Rome', catchUp: 'latest' })
export class MorningReport extends PeriodicJob {
  run() {
    return 'sent'
  }
}

/** Runs by a rule of its own: half a second after its last tick. */
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
