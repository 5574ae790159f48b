import fc from 'fast-check'
import type { Tick, TickReply } from 'pulsar-queue'
import { defineJob } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { EmbeddedBroker } from '../../lib/stores/embedded/embedded-broker.js'
import { TaskEvents } from '../../lib/execution/task-events.js'
import { RegistryCatalogue } from '../../lib/jobs/loading/registry-catalogue.js'
import { registeredJob } from '../../lib/jobs/define/registry.js'
import { Producer } from '../../lib/producer/producer.js'
import { findPeriodicJobs } from '../../lib/scheduler/find-periodic-jobs.js'
import { Scheduler } from '../../lib/scheduler/scheduler.js'
import { JsonSerializer } from '../../lib/serializers/json-serializer.js'
import { fakeOwnTimers } from '../support/own-timers.js'
import { SilentLogger } from '../../lib/logging/logger.js'

const START = Date.UTC(2030, 0, 1)

/** An embedded broker that can take a tick and then lose the reply. */
class LossyBroker extends EmbeddedBroker {
  loses = false

  override async tick(queue: string, tick: Tick): Promise<TickReply> {
    const reply = await super.tick(queue, tick)
    if (!this.loses) return reply
    this.loses = false
    throw new Error('the reply was lost')
  }
}

const JOBS = [
  defineJob({ name: 'all', runEvery: '10s', catchUp: 'all' }, () => 1),
  defineJob({ name: 'latest', runEvery: '7s' }, () => 1),
  defineJob({ name: 'none', cron: '*/15 * * * * *', catchUp: 'none' }, () => 1),
]

/** Several schedulers of one store; the spec moves its clock. */
async function open(count: number) {
  let now = START
  const clock = { now: () => now }
  const brokers = Array.from({ length: count }, () => new LossyBroker('embedded::memory:', clock))
  const registered = JOBS.map((job) => registeredJob(job)).filter((job) => job !== undefined)
  const logger = new SilentLogger()
  const schedulers = await Promise.all(
    brokers.map(async (broker, i) => {
      await broker.connect()
      const [jobs, serializer] = [new RegistryCatalogue(registered, null), new JsonSerializer()]
      const events = new TaskEvents(broker, serializer, logger, null)
      const parts = { broker, serializer, jobs, logger, events, defaultQueue: 'q', nodeName: 'n', onQueued: null }
      const build = (): object => ({})
      return new Scheduler(
        // Every other scheduler knows the time only from its last reply.
        { producer: new Producer(parts), logger, build, clock: i % 2 === 0 ? clock : null },
        findPeriodicJobs(registered.map(({ name }) => jobs.describe(name))),
      )
    }),
  )
  return {
    schedulers,
    brokers,
    pass(ms: number) {
      now += ms
    },
    /** The ticks of each job, in the order in which they were queued. */
    async queued(): Promise<Map<string, number[]>> {
      const [broker] = brokers
      const call = { queue: 'q', worker: 'w', lane: 0, seq: 1 }
      await broker?.join('q', { id: 'w', slots: 10_000, leaseTtl: 60_000 })
      const ticks = new Map(JOBS.map(({ name }): [string, number[]] => [name, []]))
      for (const { job, body } of (await broker?.settle(call, [], 10_000))?.tasks ?? []) {
        const { m } = JSON.parse(String(body)) as { m: { tick: number } }
        ticks.get(job)?.push(m.tick)
      }
      return ticks
    },
    async close() {
      for (const broker of brokers) await broker.close()
    },
  }
}

describe('any number of schedulers', () => {
  const look = fc.record({ by: fc.nat(3), pause: fc.integer({ min: 0, max: 40_000 }), loses: fc.boolean() })

  it('queue each tick once between them, in any order of looks, and when replies are lost', async () => {
    // Between two replies, a scheduler without the store's clock counts real time, in which a slow machine reaches other ticks.
    fakeOwnTimers(['performance'])
    await fc.assert(
      fc.asyncProperty(fc.array(look, { minLength: 1, maxLength: 40 }), async (looks) => {
        const at = await open(4)
        try {
          await at.schedulers[0]?.tick()
          let now = START
          for (const { by, pause, loses } of looks) {
            at.pass(pause)
            now += pause
            const [scheduler, broker] = [at.schedulers[by], at.brokers[by]]
            if (broker) broker.loses = loses
            await scheduler?.tick().catch(() => undefined)
            if (broker) broker.loses = false
          }
          for (const scheduler of at.schedulers) await scheduler.tick()
          const ticks = await at.queued()
          for (const [name, taken] of ticks) {
            const every = { all: 10_000, latest: 7_000, none: 15_000 }[name] ?? 0
            // Strictly ascending, so none twice; each on the schedule.
            expect(taken).toEqual([...new Set(taken)].sort((a, b) => a - b))
            expect(taken.filter((tick) => (tick - START) % every !== 0)).toEqual([])
            expect(taken.every((tick) => tick > START && tick <= now)).toBe(true)
          }
          expect(ticks.get('all')).toHaveLength(Math.floor((now - START) / 10_000))
          // The latest tick is never skipped.
          const last = Math.floor((now - START) / 7_000)
          expect(ticks.get('latest')?.at(-1)).toBe(last === 0 ? undefined : START + last * 7_000)
        } finally {
          await at.close()
        }
      }),
      { numRuns: 200 },
    )
  }, 60_000)
})
