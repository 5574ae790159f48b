import { BaseJob, Job } from 'pulsar-queue'
import { Mailer } from '../mailer.js'

/** Sends a reminder of an invoice, and queues the next one for a week later: three in all. */
@Job({ maxRetries: 2, retryDelay: '1m', backoff: { type: 'exponential' } })
export class SendReminder extends BaseJob {
  constructor(private readonly mailer: Mailer) {
    super()
  }

  async run(to: string, invoice: string, reminder = 1) {
    await this.mailer.send(to, `Reminder ${String(reminder)} of invoice ${invoice}`)
    this.logger.info('reminded', { invoice, reminder })
    if (reminder < 3) {
      const next = { to, invoice, reminder: reminder + 1 }
      await this.queue(SendReminder, next, { delay: '7d', callback: false })
    }
    return reminder
  }
}
