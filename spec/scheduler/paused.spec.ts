import { defineJob } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TaskEvents } from '../../lib/execution/task-events.js'
import { registeredJob } from '../../lib/jobs/define/registry.js'
import { RegistryCatalogue } from '../../lib/jobs/loading/registry-catalogue.js'
import { Producer } from '../../lib/producer/producer.js'
import type { ScheduledJob } from '../../lib/scheduler/find-periodic-jobs.js'
import { findPeriodicJobs } from '../../lib/scheduler/find-periodic-jobs.js'
import { Scheduler } from '../../lib/scheduler/scheduler.js'
import { JsonSerializer } from '../../lib/serializers/json-serializer.js'
import { EmbeddedBroker } from '../../lib/stores/embedded/embedded-broker.js'
import { KeptLogger } from '../support/kept-logger.js'

const START = Date.UTC(2030, 0, 1)
const PAUSE = { by: 'ada', reason: 'the partner is away' }

const JOBS = [
  defineJob({ name: 'all', runEvery: '10s', catchUp: 'all' }, () => 1),
  defineJob({ name: 'latest', runEvery: '10s', catchUp: 'latest' }, () => 1),
  defineJob({ name: 'none', runEvery: '10s', catchUp: 'none' }, () => 1),
  defineJob({ name: 'other', runEvery: '7s', catchUp: 'all' }, () => 1),
]
const registered = JOBS.map((job) => registeredJob(job)).filter((job) => job !== undefined)
const catalogue = new RegistryCatalogue(registered, null)
const scheduled = findPeriodicJobs(registered.map(({ name }) => catalogue.describe(name)))
const jobOf = (name: string): ScheduledJob => {
  const found = scheduled.find(({ job }) => job.name === name)
  if (found === undefined) throw new Error(name)
  return found
}

describe('a scheduler whose job is paused', () => {
  let now: number
  let broker: EmbeddedBroker
  let logger: KeptLogger
  const clock = { now: () => now }

  beforeEach(async () => {
    now = START
    logger = new KeptLogger()
    broker = new EmbeddedBroker('embedded::memory:', clock)
    await broker.connect()
    await broker.join('q', { id: 'w', slots: 1_000, leaseTtl: 3_600_000 })
  })
  afterEach(async () => {
    await broker.close()
  })

  const schedulerOf = (...jobs: ScheduledJob[]): Scheduler => {
    const serializer = new JsonSerializer()
    const events = new TaskEvents(broker, serializer, logger, null)
    const parts = {
      broker,
      serializer,
      jobs: catalogue,
      logger,
      events,
      defaultQueue: 'q',
      nodeName: 'n',
      onQueued: null,
    }
    return new Scheduler({ producer: new Producer(parts), logger, build: () => ({}), clock }, jobs)
  }
  const pause = async (job: string, given: typeof PAUSE | null = PAUSE): Promise<boolean> =>
    await broker.operations().pauseSchedule('q', job, given)
  let seq = 0
  /** Seconds of the ticks that were queued since the last call. */
  const queued = async (): Promise<number[]> => {
    seq += 1
    const { tasks } = await broker.settle({ queue: 'q', worker: 'w', lane: 0, seq }, [], 1_000)
    return tasks.map(({ body }) => ((JSON.parse(String(body)) as { m: { tick: number } }).m.tick - START) / 1_000)
  }
  beforeEach(() => {
    seq = 0
  })

  it.each([
    ['all', [10, 20, 30]],
    ['latest', [30]],
    ['none', []],
  ])('takes no tick, and behind the pause catches up as after an outage: %s', async (name, missed) => {
    const [one, two] = [schedulerOf(jobOf(name)), schedulerOf(jobOf(name))]
    await one.tick()
    await two.tick()
    expect(await pause(name)).toBe(true)
    // It looks again when the next tick is due, and not at once.
    for (const [second, wait] of [
      [10, 10],
      [20, 10],
      [30, 10],
      [36, 4],
      [39, 2],
    ] as const) {
      now = START + second * 1_000
      expect(await one.tick()).toBe(wait * 1_000)
      expect(await two.tick()).toBe(wait * 1_000)
    }
    // One that starts meanwhile, too.
    await schedulerOf(jobOf(name)).tick()
    expect(await queued()).toEqual([])
    expect(await broker.operations().schedules('q')).toMatchObject([{ job: name, at: START, paused: PAUSE }])
    await pause(name, null)
    await two.tick()
    await one.tick()
    expect(await queued()).toEqual(missed)
    now = START + 41_000
    await one.tick()
    await two.tick()
    expect(await queued()).toEqual([40])
  })

  it('says so once, and goes on with the others', async () => {
    const scheduler = schedulerOf(jobOf('all'), jobOf('other'))
    await scheduler.tick()
    await pause('all')
    for (const second of [7, 14, 21]) {
      now = START + second * 1_000
      await scheduler.tick()
    }
    expect(await queued()).toEqual([7, 14, 21])
    await pause('all', null)
    await scheduler.tick()
    const told = logger.lines
      .map(({ message }) => message)
      .filter((message) => message.startsWith('the schedule of all'))
    expect(told).toEqual(['the schedule of all is paused by an operator', 'the schedule of all goes on'])
  })

  it('takes up a schedule that was changed during the pause, behind it', async () => {
    await schedulerOf(jobOf('all')).tick()
    await pause('all')
    const { schedule, text } = jobOf('other')
    const changed = schedulerOf({ ...jobOf('all'), schedule, text })
    now = START + 20_000
    expect(await changed.tick()).toBe(2_000)
    expect(await changed.tick()).toBe(2_000)
    await pause('all', null)
    await changed.tick()
    expect(await queued()).toEqual([])
    now = START + 22_000
    await changed.tick()
    expect(await queued()).toEqual([21])
    const stored = { job: 'all', at: START + 21_000, schedule: text, resumedAt: START + 20_000 }
    expect(await broker.operations().schedules('q')).toEqual([stored])
    expect(logger.lines.filter(({ message }) => message.includes('has changed'))).toHaveLength(1)
  })
})
