import type { JobOptions } from 'pulsar-queue'
import { REVOKED, STARTED, SUCCESS } from 'pulsar-queue'
import { afterEach, describe, expect, it } from 'vitest'
import { QUEUE, TestConsumer } from './test-consumer.js'
import { newTask } from '../support/new-task.js'

/** Another queue, whose tasks nobody may claim for now. */
const PASSED = 'passed'
const opened: TestConsumer[] = []

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

/** A consumer with three slots whose job may run once at a time. Task `a` runs. */
async function running(options: JobOptions = {}): Promise<TestConsumer> {
  const made = await TestConsumer.open({ slots: 3, job: { maxConcurrency: 1, ...options } })
  opened.push(made)
  await made.queue('a')
  await made.consumer.start()
  await made.whenStarted(1)
  return made
}

/** The consumer has released task `b`, which is over `maxConcurrency`. */
async function parked(test: TestConsumer): Promise<void> {
  await test.queue('b')
  await test.whenSettled(1)
}

/** Another worker's task asks for the one permit. */
async function acquire({ permits }: TestConsumer): Promise<boolean> {
  const { answers } = await permits.acquire('limit:work', [{ holder: '/q/other', max: 1 }], 60_000, 0)
  return answers[0]?.fence !== null
}

/** Sweeps, as heartbeats do, until a task has started. */
async function sweptUntilStarted(test: TestConsumer): Promise<void> {
  const beats = setInterval(() => {
    test.limiter.sweep()
  }, 10)
  await test.whenStarted(1)
  clearInterval(beats)
}

describe('the limiter', () => {
  it('parks a task that is over maxConcurrency: it takes up no slot and no run counts', async () => {
    const test = await running()
    await parked(test)
    expect([...test.consumer.runs].map(({ claimed }) => claimed.id)).toEqual(['a'])
    expect(await test.task('b')).toMatchObject({ runs: 0, worker: null })
    expect(await test.counts()).toMatchObject({ held: 1, ready: 0, released: 1 })
  })

  it('starts a parked task as soon as the permit before it is released', async () => {
    const test = await running()
    await parked(test)
    test.finish('a')
    await test.whenStarted(2)
    expect(test.started).toEqual(['a', 'b'])
    expect(await test.task('a')).toMatchObject({ status: SUCCESS })
    expect(await test.task('b')).toMatchObject({ status: STARTED, runs: 1 })
  })

  it('passes over a parked task whose queue no living worker consumes', async () => {
    const test = await running()
    const [left, body] = ['left alone', '{}']
    await test.store.queue(left, [newTask('x', { body, delay: 600_000 })])
    await test.permits.acquire('limit:work', [{ holder: `/${encodeURIComponent(left)}/x`, max: 1 }], 60_000, 60_000)
    await parked(test)
    test.finish('a')
    await test.whenStarted(2)
    expect(test.started).toEqual(['a', 'b'])
    // It asks anew when a worker comes for it.
    expect(await test.store.size(left)).toMatchObject({ ready: 1, delayed: 0 })
  })

  it.each<[string, number, (test: TestConsumer) => unknown, (test: TestConsumer) => unknown]>([
    [
      'a queue that is paused',
      1,
      async ({ store }) => {
        await store.pause(PASSED)
        await store.pause(QUEUE)
      },
      async ({ store }) => {
        await store.resume(QUEUE)
      },
    ],
    [
      'a queue whose workers are quiet',
      0,
      (test) => {
        test.quiet(true)
      },
      (test) => {
        test.quiet(false)
      },
    ],
  ])('passes over parked tasks of %s, its own or another one', async (_of, slots, stop, goOn) => {
    const test = await running()
    const other = 'other'
    for (const queue of [PASSED, other]) {
      const id = `${queue} worker`
      await test.store.openWorker(queue, id, () => undefined)
      await test.store.join(queue, { id, slots: queue === PASSED ? slots : 1, leaseTtl: 60_000 })
      await test.store.queue(queue, [newTask('x', { body: '{}', delay: 600_000 })])
    }
    const wait = async (queue: string): Promise<unknown> =>
      await test.permits.acquire('limit:work', [{ holder: `/${queue}/x`, max: 1 }], 60_000, 60_000)
    await wait(PASSED)
    await parked(test)
    await wait(other)
    await stop(test)
    test.finish('a')
    await test.whenSettled(2)
    await test.limiter.whenReleased()
    const holders = [`/${PASSED}/x`, `/${QUEUE}/b`, `/${other}/x`]
    expect(await test.permits.renew('limit:work', holders, 60_000)).toEqual([false, false, true])
    // They ask anew when their workers may claim again.
    await test.permits.release('limit:work', `/${other}/x`, null, 1)
    await goOn(test)
    await test.whenStarted(2)
    expect(test.started).toEqual(['a', 'b'])
  })

  it('promotes a task to which the permit was offered before it was parked', async () => {
    const test = await running()
    const parking = test.broker.hold('settle', 'call')
    await test.queue('b')
    // It waits for the permit, and is not parked yet: there is nothing to promote.
    await parking.arrived
    const { offered } = await test.permits.release('limit:work', '/q/a', null, 1)
    expect(offered.map(({ holder }) => holder)).toEqual(['/q/b'])
    parking.pass()
    await test.whenStarted(2)
    expect(test.started).toEqual(['a', 'b'])
  })

  it('keeps the permit until the end of the run is recorded', async () => {
    const test = await running()
    const settle = test.broker.hold('settle')
    test.finish('a')
    await settle.arrived
    expect(await acquire(test)).toBe(false)
    settle.pass()
    await test.whenSettled(1)
    await test.limiter.whenReleased()
    expect(await acquire(test)).toBe(true)
  })

  it('releases the permit of a run that is aborted by leave()', async () => {
    const test = await running()
    await test.consumer.leave()
    await test.limiter.whenReleased()
    expect(await acquire(test)).toBe(true)
  })

  it('takes the permit again when the lease was lost and the task runs anew', async () => {
    const test = await running()
    test.consumer.lost(test.id)
    await test.whenStarted(2)
    expect(await test.task('a')).toMatchObject({ status: STARTED, runs: 1, worker: test.id })
    await test.limiter.whenReleased()
    expect(await acquire(test)).toBe(false)
  })

  it("ends tasks over maxConcurrency as REVOKED with overflow: 'revoke'", async () => {
    const test = await running({ overflow: 'revoke' })
    await parked(test)
    expect(await test.task('b')).toMatchObject({ status: REVOKED })
    expect(await test.task('a')).toMatchObject({ status: STARTED })
  })

  it('offers the permit of a worker that died to the tasks that wait', async () => {
    const test = await TestConsumer.open({ slots: 3, job: { maxConcurrency: 1 } })
    opened.push(test)
    await test.permits.acquire('limit:work', [{ holder: '/q/dead', max: 1 }], 60_000, 0)
    await test.queue('b')
    await test.consumer.start()
    await test.whenSettled(1)
    // Its worker renews it once more, and dies.
    await test.permits.renew('limit:work', ['/q/dead'], 1)
    await sweptUntilStarted(test)
    expect(test.started).toEqual(['b'])
  })

  it('offers the permit of a worker that died to the tasks that it has parked, where nobody else has asked for one', async () => {
    const test = await TestConsumer.open({ slots: 3, job: { maxConcurrency: 1 } })
    opened.push(test)
    const [running, parked] = ['/q/a', '/q/b'].map((holder) => ({ holder, max: 1 }))
    if (!running || !parked) throw new Error('expected two holders')
    // What a worker leaves that has died: a permit that nobody renews, and a parked task that waits for it.
    await test.permits.acquire('limit:work', [running], 60_000, 0)
    await test.store.queue(QUEUE, [{ ...newTask('b'), delay: 600_000 }])
    await test.permits.acquire('limit:work', [parked], 60_000, 60_000)
    await test.permits.renew('limit:work', [running.holder], 1)
    await test.consumer.start()
    await sweptUntilStarted(test)
    expect(test.started).toEqual(['b'])
  })

  it('sweeps one limit at a time of those that it has not asked for, each in its turn', async () => {
    const test = await TestConsumer.open({ jobs: ['one', 'two', 'three'], job: { maxConcurrency: 1 } })
    opened.push(test)
    for (let beats = 0; beats < 3; beats++) {
      test.limiter.sweep()
      await test.limiter.whenReleased()
      expect(test.permits.swept).toHaveLength(beats + 1)
    }
    expect(test.permits.swept.toSorted()).toEqual(['limit:one', 'limit:three', 'limit:two'])
  })
})
