import { BrokerUnreachableError, FAILURE, KeyTypeError, QUEUED, STARTED, SUCCESS } from 'pulsar-queue'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../support/until.js'
import type { TestConsumerOptions } from './test-consumer.js'
import { QUEUE, TestConsumer } from './test-consumer.js'

const opened: TestConsumer[] = []
const READY = { status: QUEUED, runs: 0, crashes: 0, worker: null }

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

async function open(options?: TestConsumerOptions): Promise<TestConsumer> {
  const made = await TestConsumer.open(options)
  opened.push(made)
  return made
}

/** A consumer whose job for task `a` runs. */
async function running(options?: TestConsumerOptions): Promise<TestConsumer> {
  const made = await open(options)
  await made.queue('a')
  await made.consumer.start()
  await made.whenStarted(1)
  return made
}

/** A consumer whose claim has brought task `a`, which it does not know yet. */
async function claiming(what: 'call' | 'answer' = 'answer') {
  const made = await open()
  await made.queue('a')
  const claim = made.broker.hold('claim', what)
  await made.consumer.start()
  const id = await claim.arrived
  return { ...parts(made), claim, id }
}

/** A consumer whose end of task `a` is on its way to the store, or the answer on its way back. */
async function settling(what: 'call' | 'answer' = 'answer', options?: TestConsumerOptions) {
  const made = await running(options)
  const settle = made.broker.hold('settle', what)
  made.finish('a')
  const id = await settle.arrived
  return { ...parts(made), settle, id }
}

/** A consumer that runs task `a` and whose renewal is on its way to the store. */
async function renewing() {
  const made = await running()
  const renewal = made.broker.hold('renew', 'call')
  made.heartbeat.beat()
  const id = await renewal.arrived
  return { ...parts(made), renewal, id }
}

/** A consumer whose first join is on its way to the store, or the answer on its way back. Task `a` is ready. */
async function joining(what: 'call' | 'answer' = 'answer') {
  const made = await open()
  await made.queue('a')
  const join = made.broker.hold('join', what)
  const started = made.consumer.start()
  const id = await join.arrived
  return { ...parts(made), join, started, id }
}

/** Lets the consumer do all that it can do without a further answer: the store in memory answers at once. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await turn()
}

/** The lease of that id is lost, and the consumer has joined anew by the time this resolves. */
async function rejoined({ consumer, broker }: TestConsumer, id: string): Promise<void> {
  const join = broker.hold('join')
  consumer.lost(id)
  await join.arrived
  join.pass()
  await turns()
  expect(consumer.worker).not.toBeNull()
}

const parts = (test: TestConsumer) => ({ test, consumer: test.consumer, broker: test.broker })

/** Task `a` is over, and was recorded and told once. */
async function expectRecordedOnce(test: TestConsumer): Promise<void> {
  expect(await test.task('a')).toMatchObject({ status: SUCCESS, runs: 1 })
  expect(await test.counts()).toEqual({ held: 0, ready: 0, succeeded: 1, released: 0 })
  expect(test.settled).toEqual(['a'])
  expect(test.started).toEqual(['a'])
}

/** Task `a` waits again as if it had never been claimed. */
async function expectReleasedOnce(test: TestConsumer, released = 1): Promise<void> {
  expect(await test.task('a')).toEqual(READY)
  expect(await test.counts()).toEqual({ held: 0, ready: 1, succeeded: 0, released })
}

/** Task `a` runs again under a new id, as its first run, and is then recorded once. */
async function expectRunsAnew(test: TestConsumer, former: string, startedBefore: number, released = 1): Promise<void> {
  await test.whenStarted(startedBefore + 1)
  expect(test.id).not.toBe(former)
  expect(await test.task('a')).toEqual({ status: STARTED, runs: 1, crashes: 0, worker: test.id })
  expect(test.settled).toEqual([])
  test.finish('a')
  await test.whenSettled(1)
  expect(await test.task('a')).toMatchObject({ status: SUCCESS, runs: 1 })
  expect(await test.counts()).toEqual({ held: 0, ready: 0, succeeded: 1, released })
  expect(test.started).toHaveLength(startedBefore + 1)
}

describe('a claim that is answered', () => {
  it('after leave() starts nothing, and its task is released', async () => {
    const { test, consumer, claim, id } = await claiming()
    let isLeft = false
    const left = consumer.leave().then(() => {
      isLeft = true
    })
    await turns()
    // The broker must not be closed before: tasks may still have to be released.
    expect(isLeft).toBe(false)
    claim.pass()
    await left
    expect(test.started).toEqual([])
    await expectReleasedOnce(test)
    expect(await test.isLeased(id)).toBe(false)
  })

  it('while leave() is under way has claimed nothing', async () => {
    const { test, consumer, broker, claim, id } = await claiming('call')
    const leave = broker.hold('leave')
    const left = consumer.leave()
    // The store has released what is held, and refuses later claims.
    await leave.arrived
    claim.pass()
    leave.pass()
    await left
    expect(test.started).toEqual([])
    await expectReleasedOnce(test, 0)
    expect(await test.isLeased(id)).toBe(false)
  })

  it('after leave() has failed has its task released all the same', async () => {
    const { test, consumer, broker, claim } = await claiming()
    const leave = broker.hold('leave', 'call')
    const left = consumer.leave()
    await leave.arrived
    leave.fail(new BrokerUnreachableError('here', 1_000))
    claim.pass()
    await left
    expect(test.started).toEqual([])
    await expectReleasedOnce(test)
  })

  it('after the lease was lost starts nothing; its task runs once, under the next id', async () => {
    const { test, consumer, claim, id } = await claiming()
    consumer.lost(id)
    claim.pass()
    await expectRunsAnew(test, id, 0)
  })

  it('after the queue was joined anew starts nothing under the old id; its task runs once, under the new one', async () => {
    const { test, claim, id } = await claiming()
    await rejoined(test, id)
    claim.pass()
    await expectRunsAnew(test, id, 0)
  })

  it("after the lost lease's tasks were released has claimed nothing; the task runs under the next id", async () => {
    const { test, consumer, broker, claim, id } = await claiming('call')
    const leave = broker.hold('leave')
    consumer.lost(id)
    await leave.arrived
    claim.pass()
    leave.pass()
    await expectRunsAnew(test, id, 0, 0)
  })

  it('after stop() starts nothing, and its task is released under the lease that is still held', async () => {
    const { test, consumer, claim, id } = await claiming()
    const stopped = consumer.stop()
    claim.pass()
    await stopped
    expect(test.started).toEqual([])
    await expectReleasedOnce(test)
    expect(await test.isLeased(id)).toBe(true)
  })

  it('after a second stop() releases its task once, and both calls resolve', async () => {
    const { test, consumer, broker, claim } = await claiming()
    const stopped = [consumer.stop(), consumer.stop()]
    claim.pass()
    await Promise.all(stopped)
    expect(test.started).toEqual([])
    await expectReleasedOnce(test)
    await consumer.stop()
    expect(broker.idsOf('settle')).toHaveLength(1)
  })
})

describe('a settle that is answered', () => {
  it('after leave() is recorded and announced once; nothing is released', async () => {
    const { test, consumer, settle } = await settling()
    const left = consumer.leave()
    settle.pass()
    await left
    await expectRecordedOnce(test)
  })

  it('after leave() keeps the leave waiting, and is recorded and announced once', async () => {
    const { test, consumer, broker, settle, id } = await settling('call')
    const left = consumer.leave()
    await turns()
    expect(broker.idsOf('leave')).toEqual([])
    settle.pass()
    await left
    await expectRecordedOnce(test)
    expect([broker.idsOf('join'), broker.idsOf('leave')]).toEqual([[id], [id]])
  })

  it('after the lease was lost is recorded and announced once; the task does not run again', async () => {
    const { test, consumer, settle, id } = await settling()
    consumer.lost(id)
    settle.pass()
    await test.whenSettled(1)
    await consumer.whenIdle()
    expect(test.id).not.toBe(id)
    await expectRecordedOnce(test)
  })

  it('after the lease was lost as refused is sent once more; the queue is joined anew after it', async () => {
    const { test, consumer, broker, settle, id } = await settling('call')
    consumer.lost(id)
    await turns()
    expect([broker.idsOf('join'), broker.idsOf('leave')]).toEqual([[id], []])
    settle.fail(new Error('ERR the value is too large'))
    await test.whenSettled(1)
    await consumer.whenIdle()
    await expectRecordedOnce(test)
    expect([broker.idsOf('join'), broker.idsOf('leave')]).toEqual([[id, test.id], [id]])
  })

  it('after the lease was lost as unreachable is sent again as it was, and recorded once', async () => {
    const { test, consumer, broker, settle, id } = await settling()
    const next = broker.hold('settle', 'call')
    settle.fail(new BrokerUnreachableError('here', 1_000))
    await next.arrived
    consumer.lost(id)
    next.fail(new BrokerUnreachableError('here', 1_000))
    await test.whenStarted(1)
    await until('the old id to be left', () => broker.idsOf('leave')[0])
    await consumer.whenIdle()
    await expectRecordedOnce(test)
    const [first, ...others] = broker.sent.filter(({ verb }) => verb === 'settle')
    expect(others).toEqual([first, first])
  })

  it('as unreachable while other runs end is sent after the lease was lost with their outcomes, none of which had been sent', async () => {
    const test = await open({ slots: 4 })
    const { consumer, broker } = test
    await test.queue('a', 'b', 'c', 'd')
    await consumer.start()
    await test.whenStarted(4)
    const settle = broker.hold('settle', 'call')
    test.finish('a')
    const id = await settle.arrived
    const other = broker.hold('settle', 'call')
    test.finish('b')
    await other.arrived
    // Both lanes are in use.
    for (const last of ['c', 'd']) test.finish(last)
    await turns()
    consumer.lost(id)
    for (const call of [settle, other]) call.fail(new BrokerUnreachableError('here', 1_000))
    await test.whenSettled(4)
    await consumer.whenIdle()
    expect(test.started).toEqual(['a', 'b', 'c', 'd'])
    expect(await test.counts()).toEqual({ held: 0, ready: 0, succeeded: 4, released: 0 })
    expect(test.slots.free).toBe(4)
  })

  it('after stop() keeps stop() waiting until then, and is recorded once', async () => {
    const { test, consumer, settle } = await settling()
    let isStopped = false
    const stopped = consumer.stop().then(() => {
      isStopped = true
    })
    await turns()
    expect(isStopped).toBe(false)
    settle.pass()
    await stopped
    await expectRecordedOnce(test)
  })

  it('after a second stop() keeps both waiting until then, and is recorded once', async () => {
    const { test, consumer, broker, settle } = await settling()
    let stopped = 0
    const both = [consumer.stop(), consumer.stop()].map(async (each) => {
      await each
      stopped += 1
    })
    await turns()
    expect(stopped).toBe(0)
    settle.pass()
    await Promise.all(both)
    await expectRecordedOnce(test)
    expect(broker.idsOf('settle')).toHaveLength(1)
  })
})

describe('a large outcome that is under way', () => {
  const LARGE = 'x'.repeat(300_000)

  /** A consumer with a large outcome of task `a` on its way to the store. */
  async function sending(slots = 2) {
    const test = await running({ slots })
    const settle = test.broker.hold('settle', 'call')
    test.finish('a', LARGE)
    await settle.arrived
    return { test, consumer: test.consumer, settle }
  }

  it('keeps no small task waiting', async () => {
    const { test, settle } = await sending()
    await test.queue('b', 'c', 'd')
    await test.whenStarted(3)
    for (const id of ['b', 'c']) test.finish(id)
    await test.whenStarted(4)
    test.finish('d')
    await test.whenSettled(3)
    expect(test.settled).toEqual(['b', 'c', 'd'])
    settle.pass()
    await test.whenSettled(4)
    expect(await test.counts()).toEqual({ held: 0, ready: 0, succeeded: 4, released: 0 })
  })

  it('keeps claims waiting where as many wait as there are slots', async () => {
    const { test, settle } = await sending(1)
    await test.queue('b')
    await turns()
    expect(test.started).toEqual(['a'])
    settle.pass()
    await test.whenStarted(2)
    expect(test.started).toEqual(['a', 'b'])
  })

  it('is recorded after the lease was lost and the queue joined anew; the old id is left after it', async () => {
    const { test, settle } = await sending()
    const { broker, id } = test
    await rejoined(test, id)
    expect(broker.idsOf('leave')).toEqual([])
    const leave = broker.hold('leave')
    settle.pass()
    expect(await leave.arrived).toBe(id)
    leave.pass()
    await test.consumer.whenIdle()
    await expectRecordedOnce(test)
    expect(broker.idsOf('join')).toEqual([id, test.id])
  })

  it('is waited for by stop()', async () => {
    const { test, consumer, settle } = await sending()
    let isStopped = false
    const stopped = consumer.stop().then(() => {
      isStopped = true
    })
    await turns()
    expect(isStopped).toBe(false)
    settle.pass()
    await stopped
    await expectRecordedOnce(test)
  })

  it('is a FAILURE with the words of a store that refuses it', async () => {
    const { test, settle } = await sending()
    const again = test.broker.hold('settle', 'call')
    settle.fail(new Error('too large for this store'))
    await again.arrived
    again.fail(new Error('too large for this store'))
    await test.whenSettled(1)
    expect(await test.task('a')).toMatchObject({ status: FAILURE })
    expect(await test.exception('a')).toContain('too large for this store')
  })
})

describe('a renewal that is answered', () => {
  it('after leave(), which does not wait for it, changes nothing', async () => {
    const { test, consumer, broker, renewal, id } = await renewing()
    await consumer.leave()
    await expectReleasedOnce(test)
    renewal.pass()
    await turns()
    expect(test.lost).toEqual([])
    expect(consumer.worker).toBeNull()
    expect([broker.idsOf('join'), broker.idsOf('leave')]).toEqual([[id], [id]])
    expect(test.aborted).toEqual(['shutdown'])
  })

  it('as lost, after a settle was refused for the same reason, changes nothing of the new lease', async () => {
    const { test, consumer, broker, renewal, id } = await renewing()
    await test.loseInStore(id)
    test.finish('a')
    await test.whenStarted(2)
    const next = test.id
    renewal.pass()
    await turns()
    consumer.lost(id)
    expect(test.lost).toEqual([])
    expect(test.id).toBe(next)
    expect(broker.idsOf('join')).toEqual([id, next])
    expect(test.aborted).toEqual([])
    test.finish('a')
    await test.whenSettled(1)
    expect(await test.counts()).toEqual({ held: 0, ready: 0, succeeded: 1, released: 1 })
  })

  it('as lost, while nothing else is under way, aborts what runs and joins anew', async () => {
    const { test, renewal, id } = await renewing()
    await test.loseInStore(id)
    renewal.pass()
    await test.whenStarted(2)
    expect(test.aborted).toEqual(['lease-lost'])
    expect(test.lost).toEqual([id])
    expect(await test.task('a')).toEqual({ status: STARTED, runs: 1, crashes: 0, worker: test.id })
  })

  it('as lost, after stop(), aborts what runs, lets stop() end, and joins no more', async () => {
    const { test, consumer, broker, renewal, id } = await renewing()
    // Its lone task counts as crashed.
    await test.condemn(id)
    const stopped = consumer.stop()
    renewal.pass()
    await stopped
    expect(test.aborted).toEqual(['lease-lost'])
    expect(await test.task('a')).toEqual({ ...READY, crashes: 1 })
    await consumer.leave()
    expect(await test.task('a')).toEqual({ ...READY, crashes: 1 })
    expect(broker.idsOf('join')).toEqual([id])
  })

  it('as lost, after a second stop(), lets both end, and leaves the old id once', async () => {
    const { test, consumer, broker, renewal, id } = await renewing()
    const stopped = [consumer.stop(), consumer.stop()]
    await test.loseInStore(id)
    const leave = broker.hold('leave')
    renewal.pass()
    await Promise.all(stopped)
    expect(await leave.arrived).toBe(id)
    leave.pass()
    await turns()
    await consumer.leave()
    await expectReleasedOnce(test)
    expect([broker.idsOf('join'), broker.idsOf('leave')]).toEqual([[id], [id]])
  })
})

describe('a join that is answered', () => {
  it('after leave() makes no lease that stays, and nothing is claimed', async () => {
    const { test, consumer, broker, join, started, id } = await joining()
    const left = consumer.leave()
    join.pass()
    await Promise.all([started, left])
    expect(await test.isLeased(id)).toBe(false)
    expect(broker.idsOf('claim')).toEqual([])
    expect(consumer.worker).toBeNull()
    expect(await test.task('a')).toEqual(READY)
  })

  it('after leave(), although it reached the store later, makes no lease that stays', async () => {
    const { test, consumer, started, join, id } = await joining('call')
    const left = consumer.leave()
    await turns()
    join.pass()
    await Promise.all([started, left])
    expect(await test.isLeased(id)).toBe(false)
    expect(consumer.worker).toBeNull()
  })

  it('after the loss of the former lease was reported twice makes one new lease', async () => {
    const test = await running()
    const { consumer, broker } = test
    const former = test.id
    const join = broker.hold('join')
    consumer.lost(former)
    const id = await join.arrived
    consumer.lost(former)
    consumer.lost(id)
    join.pass()
    await expectRunsAnew(test, former, 1)
    expect(broker.idsOf('join')).toEqual([former, id])
  })

  it('after stop(), which does not wait for it, makes no lease that stays, and nothing is claimed', async () => {
    const { test, consumer, broker, join, started, id } = await joining()
    await consumer.stop()
    const leave = broker.hold('leave')
    join.pass()
    await started
    expect(await leave.arrived).toBe(id)
    leave.pass()
    expect(await test.isLeased(id)).toBe(false)
    expect(broker.idsOf('claim')).toEqual([])
    expect(await test.task('a')).toEqual(READY)
  })

  it('after a second stop() has its lease left once', async () => {
    const { test, consumer, broker, join, started, id } = await joining()
    await Promise.all([consumer.stop(), consumer.stop()])
    join.pass()
    await started
    await consumer.stop()
    await consumer.leave()
    expect(await test.isLeased(id)).toBe(false)
    expect(broker.idsOf('leave')).toEqual([id])
    expect(broker.idsOf('claim')).toEqual([])
  })

  it('by an error may still have made a lease, which is left before the next join', async () => {
    const test = await running()
    const { consumer, broker } = test
    const former = test.id
    const join = broker.hold('join')
    consumer.lost(former)
    const failed = await join.arrived
    join.fail(new BrokerUnreachableError('here', 1_000))
    await expectRunsAnew(test, former, 1)
    expect(await test.isLeased(failed)).toBe(false)
    expect(broker.idsOf('join')).toEqual([former, failed, test.id])
  })
})

describe('a settle that the store refuses', () => {
  it("because of one outcome records the others, and ends that task as FAILURE with the store's words", async () => {
    const test = await open()
    await test.queue('a', 'b')
    await test.consumer.start()
    await test.whenStarted(2)
    const { id } = test
    test.refuseInStore(`NEW.id = 'a' AND NEW.status = ${String(SUCCESS)}`)
    test.finish('a')
    test.finish('b')
    await test.whenSettled(2)
    expect(await test.task('b')).toMatchObject({ status: SUCCESS, runs: 1 })
    expect(await test.task('a')).toMatchObject({ status: FAILURE, runs: 1, crashes: 0 })
    expect(await test.exception('a')).toBe('the store refused the outcome of the run: too large')
    expect(test.started).toEqual(['a', 'b'])
    expect(test.id).toBe(id)
  })

  it('together with its replacement does not delay other outcomes, and is repeated as it was until the store accepts it', async () => {
    const test = await open()
    await test.queue('a', 'b')
    await test.consumer.start()
    await test.whenStarted(2)
    const { id } = test
    const takeAgain = test.refuseInStore("NEW.id = 'a'")
    test.finish('a')
    await until('the refusal', () => test.logger.lines.find(({ message }) => message.includes('cannot be settled')))
    test.finish('b')
    await test.whenSettled(1)
    expect(test.settled).toEqual(['b'])
    expect(await test.task('a')).toEqual({ status: STARTED, runs: 1, crashes: 0, worker: id })
    takeAgain()
    await test.whenSettled(2)
    expect(await test.task('a')).toMatchObject({ status: SUCCESS, runs: 1, crashes: 0 })
    expect(test.id).toBe(id)
  })

  it('for a reason that is over in a moment is recorded as it was', async () => {
    const { test, broker, settle } = await settling('call')
    const next = broker.hold('settle', 'call')
    settle.fail(new Error('MISCONF of another store'))
    await next.arrived
    next.fail(new Error('MISCONF of another store'))
    await test.whenSettled(1)
    await expectRecordedOnce(test)
  })

  it('for ever keeps neither claims nor other outcomes waiting, nor whenIdle(), and is logged once', async () => {
    const test = await running({ slots: 1 })
    const takeAgain = test.refuseInStore("NEW.id = 'a'")
    test.finish('a')
    const refusals = () => test.logger.lines.filter(({ message }) => message.includes('cannot be settled'))
    await until('the refusal', () => refusals()[0])
    // Each is claimed, runs and is settled between two tries of the first one.
    for (const [i, id] of ['b', 'c', 'd'].entries()) {
      await test.queue(id)
      test.consumer.look()
      await test.whenStarted(i + 2)
      const sent = test.broker.idsOf('settle').length
      await until('another try', () => (test.broker.idsOf('settle').length > sent ? true : undefined))
      test.finish(id)
      await test.whenSettled(i + 1)
    }
    await test.consumer.whenIdle()
    expect(test.settled).toEqual(['b', 'c', 'd'])
    expect(await test.task('a')).toMatchObject({ status: STARTED, runs: 1 })
    expect(refusals()).toHaveLength(1)
    takeAgain()
    await test.whenSettled(4)
    expect(await test.task('a')).toMatchObject({ status: SUCCESS, runs: 1 })
  })

  it('for long keeps no wake from an idle worker: neither the tries nor the one that is recorded', async () => {
    const test = await running()
    const takeAgain = test.refuseInStore("NEW.id = 'a'")
    test.finish('a')
    await until('the refusal', () => test.logger.lines.find(({ message }) => message.includes('cannot be settled')))
    const tries = test.broker.idsOf('settle').length
    await until('another try', () => (test.broker.idsOf('settle').length > tries ? true : undefined))
    await test.queue('b')
    await test.whenStarted(2)
    test.finish('b')
    await test.whenSettled(1)
    await turns()
    takeAgain()
    await test.whenSettled(2)
    expect(await test.task('a')).toMatchObject({ status: SUCCESS, runs: 1 })
    await turns()
    await test.queue('c')
    await test.whenStarted(3)
    test.finish('c')
  })

  it('for ever keeps stop() waiting for a few tries only; leave() releases its task', async () => {
    const test = await running()
    const takeAgain = test.refuseInStore("NEW.id = 'a'")
    test.finish('a')
    await until('the refusal', () => test.logger.lines.find(({ message }) => message.includes('cannot be settled')))
    await test.consumer.stop()
    takeAgain()
    await test.consumer.leave()
    await expectReleasedOnce(test)
    expect(test.settled).toEqual([])
  })

  it('because of a key of the wrong type is repeated until it is recorded, and logged once', async () => {
    const { test, broker, settle } = await settling('call')
    const next = broker.hold('settle', 'call')
    settle.fail(new KeyTypeError('here', '{pq:q}:suspects', 'hash', 'string'))
    await next.arrived
    next.fail(new KeyTypeError('here', '{pq:q}:suspects', 'hash', 'string'))
    await test.whenSettled(1)
    await expectRecordedOnce(test)
    expect(test.logger.lines.filter(({ message }) => message.includes('{pq:q}:suspects'))).toMatchObject([
      { level: 'error' },
    ])
  })

  it('because the store is full is repeated until there is room, and logged once', async () => {
    const test = await running()
    const { id } = test
    const makeRoom = test.fill()
    test.finish('a', 'x'.repeat(100_000))
    const refusals = () => test.broker.sent.filter(({ verb }) => verb === 'settle').length
    await until('the third refusal', () => (refusals() > 3 ? true : undefined))
    expect(test.logger.lines.filter(({ message }) => message.includes('will try again'))).toHaveLength(1)
    makeRoom()
    await test.whenSettled(1)
    await expectRecordedOnce(test)
    expect(test.id).toBe(id)
  })

  it('because of its claim does not delay outcomes, and the claim is repeated', async () => {
    const test = await running()
    const takeAgain = test.refuseInStore('TRUE', 'INSERT ON batch')
    await test.queue('b')
    test.consumer.look()
    await until('the refusal', () => test.logger.lines.find(({ message }) => message.includes('claiming failed')))
    test.finish('a')
    await test.whenSettled(1)
    expect(await test.task('a')).toMatchObject({ status: SUCCESS, runs: 1 })
    takeAgain()
    await test.whenStarted(2)
    expect(test.started).toEqual(['a', 'b'])
  })

  it('because the store is full ends with the lease: its task is released', async () => {
    const test = await running()
    const makeRoom = test.fill()
    test.finish('a', 'x'.repeat(100_000))
    await until('the refusal', () => test.logger.lines.find(({ message }) => message.includes('will try again')))
    await test.consumer.leave()
    makeRoom()
    expect(await test.task('a')).toEqual(READY)
  })

  it('because the lease is lost costs no run: the consumer joins anew and runs the task again', async () => {
    const { test, settle, id } = await settling('call')
    await test.loseInStore(id)
    settle.pass()
    await expectRunsAnew(test, id, 1)
  })

  it('because the worker is condemned releases at once the tasks that the reclaimer has not moved yet', async () => {
    const count = 600
    const test = await open({ slots: count })
    await test.queue(...Array.from({ length: count }, (_, i) => `t${String(i)}`))
    await test.consumer.start()
    await test.whenStarted(count)
    await test.condemn(test.id)
    const { held } = await test.counts()
    expect(held).toBeGreaterThan(0)
    const join = test.broker.hold('join', 'call')
    for (const task of test.started) test.finish(task)
    await join.arrived
    expect(await test.counts()).toEqual({ held: 0, ready: count, succeeded: 0, released: held })
    join.pass()
  })

  it('because it cannot be reached is repeated under the same number, and recorded once', async () => {
    const { test, broker, settle } = await settling()
    settle.fail(new BrokerUnreachableError('here', 1_000))
    await test.whenSettled(1)
    await expectRecordedOnce(test)
    const [first, second] = broker.sent.filter(({ verb }) => verb === 'settle')
    expect(second).toEqual(first)
  })

  it('frees the slots that it had reserved', async () => {
    const { test, consumer, settle } = await settling('call', { slots: 1 })
    settle.fail(new Error('ERR the value is too large'))
    await test.whenSettled(1)
    await consumer.whenIdle()
    await test.queue('b')
    await test.whenStarted(2)
    expect(test.started).toEqual(['a', 'b'])
  })
})

describe('an exception of an observer', () => {
  it('is no refusal: the tasks that the same answer has claimed start, and the lease stays', async () => {
    const test = await running({
      slots: 1,
      onSettled: () => {
        throw new Error('broken')
      },
    })
    const { id } = test
    await test.queue('b')
    test.finish('a')
    await test.whenStarted(2)
    expect(test.started).toEqual(['a', 'b'])
    expect(test.id).toBe(id)
    expect(await test.task('b')).toMatchObject({ status: STARTED, worker: id })
    expect(test.logger.lines.some(({ message }) => message.includes('broken'))).toBe(true)
  })
})

describe('a claim under way', () => {
  it('is listed as idle after a call that claimed nothing, since another queue had taken the slot, went behind a claim', async () => {
    const test = await running()
    await turns()
    const claim = test.broker.hold('claim')
    test.broker.notify({ kind: 'wake', queue: QUEUE })
    await claim.arrived
    const { slots } = test
    let taken = 0
    const release = slots.release.bind(slots)
    slots.release = (count) => {
      release(count)
      slots.release = release
      taken = slots.reserve(1)
    }
    test.finish('a')
    await test.whenSettled(1)
    claim.pass()
    await turns()
    await test.queue('b')
    await test.whenStarted(2)
    expect(taken).toBe(1)
    test.finish('b')
  })
})
