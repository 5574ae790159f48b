import { Redis } from 'ioredis'
import type { ClaimedTask, DoneSettlement } from 'pulsar-queue'
import { SUCCESS } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RedisBroker } from '../../lib/stores/redis/redis-broker.js'
import { AnsweredOutcomes } from '../../lib/worker/answered-outcomes.js'
import { LastCalls } from '../../lib/worker/last-calls.js'
import { SettledOutcomes } from '../../lib/worker/settled-outcomes.js'
import { Slots } from '../../lib/worker/slots.js'
import { CAN_FORGET, Past } from '../stores/redis/past.js'
import { KeptLogger } from '../support/kept-logger.js'
import { newTask } from '../support/new-task.js'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'

const LEASE_TTL = 60_000

describe('a worker that has given its lease up', () => {
  let server: RedisServer
  let redis: Redis
  let broker: RedisBroker

  beforeEach(async () => {
    server = await startRedisServer(CAN_FORGET)
    redis = new Redis(server.url)
    broker = new RedisBroker(server.url)
    await broker.connect()
  })
  afterEach(async () => {
    await broker.close()
    redis.disconnect()
    await server.stop()
  })

  const lastCallsOf = (settled: SettledOutcomes): LastCalls => {
    const answers = new AnsweredOutcomes({ limiter: null as never, observer: null as never })
    const parts = { broker, logger: new KeptLogger(), slots: new Slots(2), leaseTtl: LEASE_TTL }
    return new LastCalls(parts, answers, settled)
  }

  it('remembers what it has recorded last: the store may forget that as well', async () => {
    await broker.queue('q', [newTask('a')])
    await broker.join('q', { id: 'w', slots: 2, leaseTtl: LEASE_TTL })
    const { tasks } = await broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 1 }, [], 2)
    const [a] = tasks as [ClaimedTask]
    const end: DoneSettlement = { kind: 'done', task: a, status: SUCCESS, outcome: '{}', ttl: LEASE_TTL }
    const settled = new SettledOutcomes()
    const lastCalls = lastCallsOf(settled)
    const outcomes = [{ run: null, end, stage: 'together' }] as const
    lastCalls.add({ queue: 'q', worker: 'w', seq: 1, wasAdopting: false, outcomes, tasks, topFence: 0 })
    await lastCalls.send('w')
    expect((await broker.get('q', ['a']))[0]?.header.status).toBe(SUCCESS)
    expect(settled.ends()).toEqual([end])
  })

  it('is told to be left once more where the store forgets that it was left, and what was recorded before', async () => {
    await broker.queue('q', [newTask('a'), newTask('b')])
    await broker.join('q', { id: 'w', slots: 2, leaseTtl: LEASE_TTL })
    const { tasks } = await broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 1 }, [], 2)
    const [a] = tasks as [ClaimedTask, ClaimedTask]
    const end: DoneSettlement = { kind: 'done', task: a, status: SUCCESS, outcome: '{}', ttl: LEASE_TTL }
    const past = await Past.of(redis)
    const lastCalls = lastCallsOf(new SettledOutcomes())
    const outcomes = [{ run: null, end, stage: 'together' }] as const
    lastCalls.add({ queue: 'q', worker: 'w', seq: 1, wasAdopting: false, outcomes, tasks, topFence: 0 })
    await lastCalls.send('w')
    await broker.leave('q', 'w')
    expect(lastCalls.forgotten()).toEqual([])
    // Twice: a second failover may follow soon.
    for (let times = 0; times < 2; times += 1) {
      await past.giveBack()
      await broker.history.ask('q')
      expect(lastCalls.forgotten()).toEqual(['w'])
      await lastCalls.send('w')
      await broker.leave('q', 'w')
      const records = await broker.get('q', ['a', 'b'])
      expect(records.map((record) => record?.header.status === SUCCESS)).toEqual([true, false])
      expect(await broker.size('q')).toMatchObject({ held: 0, ready: 1 })
      expect(lastCalls.forgotten()).toEqual([])
    }
  })

  it.each([true, false])(
    'records again what the store has forgotten, also where that has given it back, and could not say so: %s',
    async (wasAdopting) => {
      await broker.queue('q', [newTask('a'), newTask('b')])
      await broker.join('q', { id: 'w', slots: 2, leaseTtl: LEASE_TTL })
      const call = { queue: 'q', worker: 'w', lane: 0 }
      const { tasks } = await broker.settle({ ...call, seq: 1 }, [], 2)
      const [a] = tasks as [ClaimedTask, ClaimedTask]
      const end: DoneSettlement = { kind: 'done', task: a, status: SUCCESS, outcome: '{}', ttl: LEASE_TTL }
      const past = await Past.of(redis)
      await broker.settle({ ...call, seq: 2 }, [end], 0)
      await past.giveBack()
      // The lease is given up before the worker has the answer.
      if (wasAdopting) {
        await broker.history.ask('q')
        await broker.adopt('q', 'w', { slots: 2, ttl: LEASE_TTL, topFence: 0, tasks })
      }
      const settled = new SettledOutcomes()
      settled.add([{ run: null, end, stage: 'together' }])
      const lastCalls = lastCallsOf(settled)
      lastCalls.add({ queue: 'q', worker: 'w', seq: 2, wasAdopting, outcomes: [], tasks, topFence: 0 })
      await lastCalls.send('w')
      await broker.leave('q', 'w')
      const records = await broker.get('q', ['a', 'b'])
      expect(records.map((record) => record?.header.status === SUCCESS)).toEqual([true, false])
      expect(await broker.size('q')).toMatchObject({ held: 0, ready: 1 })
    },
  )
})
