/** How an application tests its jobs: one job with a fake context, and the whole queue under a clock that the test moves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, runJob } from 'pulsar-queue/testing'
import { SendReminder } from './jobs/send-reminder.js'
import { Mailer } from './mailer.js'

/** Keeps the mail that it is given. Its first sends fail, as many as it is told. */
class Outgoing extends Mailer {
  readonly sent: string[] = []

  constructor(private failures = 0) {
    super()
  }

  override async send(to: string, text: string): Promise<void> {
    if (this.failures-- > 0) throw new Error('the mail server is away')
    this.sent.push(`${to}: ${text}`)
  }
}

test('a reminder is sent, and the next one queued for a week later', async () => {
  const mailer = new Outgoing()
  const run = await runJob(SendReminder, ['ada@example.org', 'A-17'], {
    bind: (container) => container.register(Mailer, { useValue: mailer }),
  })
  assert.equal(run.orThrow(), 1)
  assert.deepEqual(mailer.sent, ['ada@example.org: Reminder 1 of invoice A-17'])
  assert.deepEqual(run.logged, [{ level: 'info', message: 'reminded', data: { invoice: 'A-17', reminder: 1 } }])
  const [next] = run.queued
  assert.ok(next)
  assert.deepEqual(next.args, { to: 'ada@example.org', invoice: 'A-17', reminder: 2 })
  assert.equal(next.options.delay, '7d')
})

test('a reminder that cannot be sent is tried again', async () => {
  const first = await runJob(SendReminder, ['ada@example.org', 'A-17'], { inject: [new Outgoing(1)] })
  assert.equal(first.statusString, 'RETRY')
  assert.equal(first.retryIn, 60_000)
  assert.equal(first.error?.message, 'the mail server is away')
})

test('three reminders go out in two weeks, in a moment', async () => {
  await using app = createTestApp({ jobs: [SendReminder] })
  const mailer = new Outgoing(1)
  app.container.register(Mailer, { useValue: mailer })
  const api = await app.api().start()
  const first = api.tasks.queue(SendReminder, ['ada@example.org', 'A-17'])
  assert.deepEqual(await app.drain(), [], 'the server is away, so it is to be retried')
  await app.clock.advance('1m')
  await app.drain()
  assert.equal(await first.result(), 1)
  for (let week = 0; week < 3; week++) {
    await app.clock.advance('7d')
    await app.drain()
  }
  assert.deepEqual(
    mailer.sent.map((mail) => mail.slice('ada@example.org: '.length)),
    ['Reminder 1 of invoice A-17', 'Reminder 2 of invoice A-17', 'Reminder 3 of invoice A-17'],
  )
})
