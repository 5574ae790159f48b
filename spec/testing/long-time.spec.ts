import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { JobContext, Task } from 'pulsar-queue'
import { defineJob } from 'pulsar-queue'
import type { TestApp } from 'pulsar-queue/testing'
import { createTestApp } from 'pulsar-queue/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { StoreHandle } from '../../lib/stores/embedded/store-handle.js'
import { Random } from '../faults/random.js'

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]
const STEP = HOUR
const DAYS = 9
/** Four days before Rome puts its clocks forward, in the night to the 31st. */
const START = Date.UTC(2030, 2, 27)
const END = START + DAYS * DAY
const RECLAIM = { crashCap: 3, outcome: '{}', ttl: 1, grace: 1 }

function tick(this: JobContext) {
  return this.task.meta['tick']
}
const periodic = { resultTtl: '1h', defaultQueue: 'ticks' } as const
const jobs = [
  defineJob({ ...periodic, name: 'minutely', cron: '* * * * *', timeZone: 'UTC' }, tick),
  defineJob({ ...periodic, name: 'five', runEvery: '5m', anchor: new Date(START) }, tick),
  defineJob({ ...periodic, name: 'hourly', cron: '0 * * * *', timeZone: 'Europe/Rome' }, tick),
  defineJob({ ...periodic, name: 'nightly', cron: '30 2 * * *', timeZone: 'Europe/Rome' }, tick),
  defineJob({ name: 'delayed', resultTtl: '1h' }, function (this: JobContext, due: number) {
    return this.task.timeStarted - due
  }),
  defineJob(
    { name: 'flaky', maxRetries: 3, retryDelay: '10m', backoff: { type: 'exponential', jitter: 0 }, resultTtl: '1h' },
    function (this: JobContext) {
      if (this.task.retry < 3) throw new Error('not yet')
      return this.task.timeStarted - this.task.timeQueued
    },
  ),
]

/** The ticks of the run, computed without a calendar: in these nine days Rome is an hour ahead of UTC, and two from the 31st on. */
const SUMMER = Date.UTC(2030, 2, 31, 1)
const all = (every: number): number[] =>
  Array.from({ length: (END - START) / every }, (_, i) => START + (i + 1) * every)
const EXPECTED: Readonly<Record<string, readonly number[]>> = {
  minutely: all(MINUTE),
  five: all(5 * MINUTE),
  hourly: all(HOUR),
  // There is no half past two in the night to the 31st: the job runs at three, which is 01:00 by UTC.
  nightly: Array.from({ length: DAYS }, (_, day) => {
    const night = START + day * DAY
    const tickAt = night + (night > SUMMER ? 0.5 : 1.5) * HOUR
    return night + DAY > SUMMER && night < SUMMER ? SUMMER : tickAt
  }),
}

const open: TestApp[] = []

afterEach(async () => {
  for (const app of open.splice(0)) await app.close()
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Takes in what has ended, and forgets it. */
class Seen {
  readonly ticks = new Map<string, number>()
  readonly odd: string[] = []
  delayed = 0
  flaky = 0

  take({ name, result, id, statusString }: Task): void {
    const place = this.ticks.get(name) ?? 0
    const expected = EXPECTED[name]?.[place]
    if (statusString !== 'SUCCESS') this.odd.push(`${name} ${id} ended as ${statusString}`)
    else if (expected !== undefined) {
      this.ticks.set(name, place + 1)
      if (result !== expected)
        this.odd.push(`tick ${String(place)} of ${name} is ${String(result)}, not ${String(expected)}`)
    } else if (name === 'delayed') {
      this.delayed += 1
      const late = result as number
      if (late < 0 || late > STEP) this.odd.push(`${id} started ${String(late)} ms after it was due`)
    } else if (name === 'flaky') {
      this.flaky += 1
      const took = result as number
      // Each of its three runs comes with the next step: the second is due ten minutes after the first, the third twenty after that.
      if (took !== 3 * STEP) this.odd.push(`${id} took ${String(took)} ms for three runs`)
    } else this.odd.push(`${name} ${id} was not expected`)
  }
}

describe('nine days of a test clock', () => {
  it('run each tick once, also where clocks are put forward, and keep no more in the end than after a day', async () => {
    const app = createTestApp({ now: START, schedulePeriodic: true, jobs })
    open.push(app)
    const api = await app.api().start()
    const random = new Random(1)
    const seen = new Seen()
    const handle = new StoreHandle(api.broker.address, app.clock, 'the spec')
    const { queue: db } = handle.open()
    const rows = (where: string): number =>
      (db.sql(`SELECT count(*) AS count FROM task WHERE ${where}`).get() as { readonly count: number }).count
    const usage: { readonly heap: number; readonly records: number }[] = []
    const queued = { delayed: 0, flaky: 0 }
    await api.tasks.queue('delayed', { due: START }, { queue: 'once', callback: false })
    queued.delayed += 1
    for (let step = 1; app.clock.now() < END; step++) {
      if (app.clock.now() < END - 2 * DAY) {
        const delay = random.between(0, 36 * 60) * MINUTE
        await api.tasks.queue('delayed', { due: app.clock.now() + delay }, { delay: delay / 1_000, callback: false })
        await api.tasks.queue('flaky', {}, { callback: false })
        queued.delayed += 1
        queued.flaky += 1
      }
      await app.clock.advance('1h')
      for (const task of await app.drain(step === 1 ? {} : { queues: ['ticks', 'pulsarqueue'] })) seen.take(task)
      if (step % 24 > 0) continue
      // What a worker of that queue does at each heartbeat, which the clock of a test does not move.
      while ((await api.broker.reclaim('ticks', RECLAIM)).more);
      collect()
      usage.push({ heap: process.memoryUsage().heapUsed, records: rows('state = 6') })
    }
    expect(seen.odd).toEqual([])
    const counts = Object.fromEntries(Object.entries(EXPECTED).map(([name, { length }]) => [name, length]))
    expect(Object.fromEntries(seen.ticks)).toEqual(counts)
    expect({ delayed: seen.delayed, flaky: seen.flaky }).toEqual(queued)
    expect(rows('state < 6')).toBe(0)
    // Of the last hour and the one before: those that the last pass has found there.
    expect(usage.at(-1)?.records).toBeLessThanOrEqual(2 * 75)
    expect(usage.at(-1)?.heap).toBeLessThan((usage[1]?.heap ?? 0) + 4 * 2 ** 20)
    expect(await api.broker.queues()).not.toContain('once')
    await handle.close()
  })
})
