import type { Broker } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { newTask } from '../support/new-task.js'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'

/** How much younger the tasks are that are left, ms. */
const YOUNGER = 300

describe.each(STORES)('the age of the oldest ready task on $store', ({ make }) => {
  const at = useOperatedStore(make, { taskPaths: [] })
  let broker: Broker

  beforeEach(() => {
    broker = at.api.broker
  })

  const put = async (from: number, to: number, more: object = {}): Promise<void> => {
    for (let first = from; first < to; first += 500) {
      const count = Math.min(500, to - first)
      const tasks = Array.from({ length: count }, (_, n) => newTask(`${at.queue}-${String(first + n)}`, more))
      await broker.queue(at.queue, tasks)
    }
  }
  /** Queues tasks, and later others, and revokes the first ones. Returns the least and the most age of the oldest that is left. */
  const age = async (revoked: number, left: number): Promise<[least: number, oldest: number | null, most: number]> => {
    await put(0, revoked, { tags: ['old'] })
    await new Promise((resolve) => setTimeout(resolve, YOUNGER))
    const before = performance.now()
    await put(revoked, revoked + left)
    const after = performance.now()
    await new Promise((resolve) => setTimeout(resolve, YOUNGER))
    const { control, queue } = at
    const plan = await control.plan('revoke', `queue:${queue} state:ready tag:old`)
    expect(await control.revoke(plan)).toMatchObject({ done: revoked })
    const least = performance.now() - after
    const seen = await control.queues()
    const most = performance.now() - before
    const overview = seen.find(({ name }) => name === queue)
    expect(overview?.ready).toBe(left)
    return [least, overview?.oldestReady ?? null, most]
  }

  it.each([
    [1, 1],
    [200, 200],
    [3_000, 2_000],
    [7_000, 3_000],
  ])('is told where %d older ones were revoked, and %d are left', { timeout: 60_000 }, async (revoked, left) => {
    const [least, oldest, most] = await age(revoked, left)
    expect(oldest).not.toBeNull()
    // Times are whole milliseconds.
    expect(oldest).toBeGreaterThanOrEqual(least - 5)
    expect(oldest).toBeLessThanOrEqual(most + 5)
  })

  it('is told of a few that stand anywhere between thousands that were revoked', { timeout: 60_000 }, async () => {
    const { control, queue } = at
    await put(0, 6_000)
    await broker.queue(queue, [newTask(`${queue}-stays`)])
    await put(6_000, 9_000)
    await broker.queue(queue, [newTask(`${queue}-late`, { delay: 60_000 })])
    const plan = await control.plan('revoke', `queue:${queue} state:ready -id:${queue}-stays`)
    expect(await control.revoke(plan)).toMatchObject({ done: 9_000 })
    const overview = (await control.queues()).find(({ name }) => name === queue)
    expect(overview).toMatchObject({ ready: 1, oldestReady: expect.any(Number) as number })
  })

  it('is told where the first task, or each, is large', async () => {
    const { control, queue } = at
    const body = JSON.stringify({ a: ['x'.repeat(100_000)] })
    await broker.queue(queue, [newTask(`${queue}-large`, { body })])
    const age = async () => (await control.queues()).find(({ name }) => name === queue)?.oldestReady
    expect(await age()).toEqual(expect.any(Number))
    await broker.queue(queue, [newTask(`${queue}-small`)])
    expect(await age()).toEqual(expect.any(Number))
  })
})
