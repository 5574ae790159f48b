import type { WorkerNotice } from 'pulsar-queue'
import { QUEUED, REVOKED, STARTED, SUCCESS } from 'pulsar-queue'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../support/until.js'
import type { TestConsumerOptions } from './test-consumer.js'
import { QUEUE, TestConsumer } from './test-consumer.js'

const opened: TestConsumer[] = []

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

async function open(options?: TestConsumerOptions): Promise<TestConsumer> {
  const made = await TestConsumer.open(options)
  opened.push(made)
  return made
}

const named = (count: number, prefix = 't') => Array.from({ length: count }, (_, i) => `${prefix}${String(i)}`)

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await turn()
}

/** Leases a ready task to the consumer behind its back, as a hand-off does, and makes the notice of it. */
async function leased(test: TestConsumer, seq = 1): Promise<WorkerNotice> {
  const call = { queue: QUEUE, worker: test.id, lane: 9, seq, handOff: 0 }
  const { tasks } = await test.store.settle(call, [], 1)
  expect(tasks).toHaveLength(1)
  return { kind: 'handed', queue: QUEUE, tasks, hasListeners: false }
}

/** Number of short runs before the long one. */
const SHORT = 60

/** A consumer with one slot that claims ahead, since its first runs were short. It has come to a long one, and holds others. */
async function holding() {
  const test = await open({ slots: 1, endsAtOnce: (id) => id !== `t${String(SHORT)}` })
  await test.queue(...named(200))
  await test.consumer.start()
  await test.whenStarted(SHORT + 1)
  await test.whenSettled(SHORT)
  return test
}

describe('the two lanes', () => {
  it('keep no outcome waiting for the answer to another one', async () => {
    const test = await open({ slots: 2 })
    await test.queue('a', 'b')
    await test.consumer.start()
    await test.whenStarted(2)
    const settle = test.broker.hold('settle', 'call')
    test.finish('a')
    await settle.arrived
    test.finish('b')
    await test.whenSettled(1)
    expect(test.settled).toEqual(['b'])
    settle.pass()
    await test.whenSettled(2)
    expect(await test.counts()).toEqual({ held: 0, ready: 0, succeeded: 2, released: 0 })
  })

  it('number their calls so that each lane sees a growing number', async () => {
    const test = await open({ slots: 2, endsAtOnce: () => true })
    await test.queue(...named(100))
    await test.consumer.start()
    await test.whenSettled(100)
    expect(await test.counts()).toMatchObject({ held: 0, ready: 0, succeeded: 100 })
    expect(test.started).toHaveLength(100)
  })

  it('give the slots of a claim that hangs back to other queues', async () => {
    const test = await open({ slots: 2 })
    const claim = test.broker.hold('claim', 'call')
    await test.consumer.start()
    await claim.arrived
    expect(test.slots.free).toBe(0)
    await until('the slots', () => (test.slots.free === 2 ? true : undefined))
    expect(test.slots.reserve(2)).toBe(2)
    await test.queue('a')
    claim.pass()
    await turns()
    // Another queue has the slots now: the task waits for one, or goes back.
    expect(test.started).toEqual([])
    test.slots.release(2)
    test.consumer.look()
    await test.whenStarted(1)
    expect(test.started).toEqual(['a'])
  })
})

describe('tasks that are claimed ahead', () => {
  it('are run once each, in order', async () => {
    const test = await open({ slots: 1, endsAtOnce: () => true })
    await test.queue(...named(300))
    await test.consumer.start()
    await test.whenSettled(300)
    expect(test.started).toEqual(named(300))
    expect(await test.counts()).toMatchObject({ held: 0, ready: 0, succeeded: 300 })
    expect(test.broker.sent.length).toBeLessThan(100)
  })

  it('go back when a run is long, and no run counts', async () => {
    const test = await holding()
    await until('the release', async () => ((await test.counts()).held === 1 ? true : undefined))
    const { ready, released } = await test.counts()
    expect(released).toBeGreaterThan(0)
    expect(ready).toBe(199 - SHORT)
    const next = `t${String(SHORT + 1)}`
    expect(await test.task(next)).toEqual({ status: QUEUED, runs: 0, crashes: 0, worker: null })
    expect(test.started).toEqual(named(SHORT + 1))
  })

  it('go back when the consumer stops', async () => {
    const test = await holding()
    const stopped = test.consumer.stop()
    test.finish(`t${String(SHORT)}`)
    await stopped
    expect(await test.counts()).toMatchObject({ held: 0, ready: 199 - SHORT, succeeded: SHORT + 1 })
  })

  it('do not start when they are revoked', async () => {
    const test = await holding()
    const id = `t${String(SHORT + 1)}`
    await test.store.revoke(QUEUE, [id], '{"e":"revoked"}', 60_000)
    await until('the release', async () => ((await test.counts()).held === 1 ? true : undefined))
    test.finish(`t${String(SHORT)}`)
    await test.whenSettled(199)
    expect(test.started).not.toContain(id)
    expect(await test.task(id)).toMatchObject({ status: REVOKED })
  })

  it('start once, under the next id, when the lease is lost', async () => {
    const test = await holding()
    test.consumer.lost(test.id)
    await test.whenStarted(SHORT + 2)
    test.finish(`t${String(SHORT)}`)
    await test.whenSettled(200)
    // The run that was aborted is the only one that starts again.
    expect(test.started).toEqual([...named(SHORT + 1), ...named(200).slice(SHORT)])
    expect(await test.counts()).toMatchObject({ held: 0, ready: 0, succeeded: 200 })
  })

  it('are none where the job has a limit', async () => {
    const test = await open({ slots: 1, job: { maxConcurrency: 5 }, endsAtOnce: () => true })
    await test.queue(...named(50))
    const held: number[] = []
    await test.consumer.start()
    while (test.settled.length < 50) {
      await test.whenSettled(test.settled.length + 1)
      held.push((await test.counts()).held)
    }
    expect(Math.max(...held)).toBeLessThanOrEqual(1)
  })
})

describe('a wake that finds no free slot', () => {
  it('is passed on to another idle worker, and the task is looked for again when a slot is free', async () => {
    const test = await open({ slots: 1 })
    await test.consumer.start()
    await test.consumer.whenIdle()
    const notices: string[] = []
    const other = { queue: QUEUE, worker: 'other', lane: 0 }
    const subscription = await test.store.openWorker(QUEUE, other.worker, ({ kind }) => notices.push(kind))
    await test.store.join(QUEUE, { id: other.worker, slots: 1, leaseTtl: 600_000 })
    await test.store.settle({ ...other, seq: 1 }, [], 1)
    // Another queue of the first worker has its slot now.
    expect(test.slots.reserve(1)).toBe(1)
    // Too large to be handed over: the worker that has waited longest is woken.
    await test.queueLarge('a')
    await until('the other worker to be woken', () => (notices.length > 0 ? true : undefined))
    expect(notices).toEqual(['wake'])
    expect(test.broker.notices.map(({ kind }) => kind)).toEqual(['wake'])
    expect(test.started).toEqual([])
    // The other one does not come: the first one takes the task as soon as it can.
    test.slots.release(1)
    test.consumer.pump()
    await test.whenStarted(1)
    await subscription.close()
  })
})

describe('a hand-off', () => {
  it('starts at once where there is a free slot, and is settled like any other task', async () => {
    const test = await open({ slots: 2 })
    await test.queue('a')
    const claim = test.broker.hold('claim', 'call')
    await test.consumer.start()
    await claim.arrived
    const notice = await leased(test)
    test.broker.notify(notice)
    // The slots are reserved for the claim that is under way, which brings nothing.
    expect(test.started).toEqual(['a'])
    claim.pass()
    test.finish('a')
    await test.whenSettled(1)
    expect(await test.task('a')).toMatchObject({ status: SUCCESS, runs: 1 })
    await test.consumer.whenIdle()
    expect(test.slots.free).toBe(2)
  })

  it('that comes twice starts once, and needs no claim', async () => {
    const test = await open({ slots: 2 })
    await test.consumer.start()
    await test.consumer.whenIdle()
    const claims = test.broker.sent.length
    await test.queue('a')
    await test.whenStarted(1)
    expect(test.broker.sent).toHaveLength(claims)
    const [handed] = test.broker.notices
    if (handed === undefined) throw new Error('expected a notice')
    expect(handed).toMatchObject({ kind: 'handed', tasks: [{ id: 'a' }] })
    test.broker.notify(handed)
    await turns()
    expect(test.started).toEqual(['a'])
    test.finish('a')
    await test.whenSettled(1)
    expect(await test.counts()).toEqual({ held: 0, ready: 0, succeeded: 1, released: 0 })
  })

  it('whose notice was lost comes with the next reply', async () => {
    const test = await open({ slots: 2 })
    await test.consumer.start()
    await test.consumer.whenIdle()
    test.broker.losesNotices = true
    await test.queue('a')
    await until('the hand-off', async () => ((await test.counts()).held === 1 ? true : undefined))
    expect(test.started).toEqual([])
    test.consumer.look()
    await test.whenStarted(1)
    test.finish('a')
    await test.whenSettled(1)
    expect(await test.counts()).toEqual({ held: 0, ready: 0, succeeded: 1, released: 0 })
  })

  it('whose notice was lost starts before the tasks of the reply that brings it: they were queued later', async () => {
    const test = await open({ slots: 2 })
    await test.consumer.start()
    await test.consumer.whenIdle()
    test.broker.losesNotices = true
    await test.queue('a')
    await test.queue('b')
    await until('the hand-off', async () => ((await test.counts()).held === 1 ? true : undefined))
    test.consumer.look()
    await test.whenStarted(2)
    expect(test.started).toEqual(['a', 'b'])
  })

  it('starts the task of the highest priority first, whichever came first', async () => {
    const test = await open({ slots: 1 })
    await test.queue('a')
    await test.consumer.start()
    await test.whenStarted(1)
    const notices: WorkerNotice[] = []
    for (const [id, priority] of [
      ['low', 1],
      ['high', 9],
      ['middle', 5],
    ] as const) {
      await test.queuePrior(id, priority)
      notices.push(await leased(test, notices.length + 1))
    }
    for (const notice of notices) test.broker.notify(notice)
    for (const id of ['a', 'high', 'middle']) {
      test.finish(id)
      await test.whenStarted(test.started.length + 1)
    }
    expect(test.started).toEqual(['a', 'high', 'middle', 'low'])
  })

  it('that comes after stop() goes back', async () => {
    const test = await open({ slots: 2 })
    await test.queue('a')
    const claim = test.broker.hold('claim', 'call')
    await test.consumer.start()
    await claim.arrived
    const notice = await leased(test)
    const stopped = test.consumer.stop()
    test.broker.notify(notice)
    claim.pass()
    await stopped
    expect(test.started).toEqual([])
    expect(await test.counts()).toEqual({ held: 0, ready: 1, succeeded: 0, released: 1 })
  })

  it('goes back where no slot becomes free', async () => {
    const test = await open({ slots: 1 })
    await test.queue('a')
    await test.consumer.start()
    await test.whenStarted(1)
    await test.queue('b')
    test.broker.notify(await leased(test))
    expect(await test.task('b')).toMatchObject({ status: STARTED })
    await until('the release', async () => ((await test.counts()).held === 1 ? true : undefined))
    expect(await test.task('b')).toEqual({ status: QUEUED, runs: 0, crashes: 0, worker: null })
    test.finish('a')
    await test.whenStarted(2)
    expect(test.started).toEqual(['a', 'b'])
  })
})
