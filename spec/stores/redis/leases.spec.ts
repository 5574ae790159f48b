import { describe, expect, it } from 'vitest'
import { fakeOwnTimers } from '../../support/own-timers.js'
import { until } from '../../support/until.js'
import { done, task, useFixture } from './fixture.js'

describe('leases, lists and listeners in Redis', () => {
  const at = useFixture()

  it('are never given to a condemned worker, also when nothing of it is left', async () => {
    await at.holdAndDie('dead', 1, 1)
    expect(await at.broker.join('q', { id: 'dead', slots: 1, leaseTtl: 1_000 })).toBe('lost')
    expect(await at.redis.pttl('{pq:q}:k')).toBeGreaterThan(86_000_000)
  })

  it('let a worker that has left hold nothing', async () => {
    await at.broker.queue('q', [task('a')])
    await at.broker.join('q', { id: 'w', slots: 1, leaseTtl: 10_000 })
    const { tasks } = await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 1 }, [], 1)
    expect(await at.broker.held('q', 'w', tasks)).toEqual([true])
    await at.redis.hdel('{pq:q}:s', 'W:w')
    expect(await at.broker.held('q', 'w', tasks)).toEqual([false])
  })

  it('tell with a renewal that another worker is overdue, until nothing is left of it', async () => {
    const renewed = async () => {
      // As if the last look was a heartbeat ago.
      await at.redis.hdel('{pq:q}:s', 'R')
      return await at.broker.renew('q', 'w')
    }
    await at.broker.join('q', { id: 'w', slots: 1, leaseTtl: 60_000 })
    expect(await renewed()).toBe('held')
    const tasks = Array.from({ length: 1_200 }, (_, i) => task(String(i)))
    await at.broker.queue('q', tasks)
    await at.broker.join('q', { id: 'dead', slots: 1, leaseTtl: 1 })
    await at.broker.settle({ queue: 'q', worker: 'dead', lane: 0, seq: 1 }, [], tasks.length)
    await until('the report', async () => ((await renewed()) === 'overdue' ? true : undefined))
    const options = { crashCap: 3, outcome: '{}', ttl: 60_000, grace: 0 }
    expect(await at.broker.reclaim('q', options)).toMatchObject({ condemned: [], more: true })
    expect(await renewed()).toBe('overdue')
    expect(await at.broker.reclaim('q', options)).toMatchObject({ condemned: ['dead'], requeued: 500, more: true })
    // As if the reclaiming worker died between the condemnation and the last of the tasks.
    expect(await renewed()).toBe('overdue')
    for (let more = true; more;) ({ more } = await at.broker.reclaim('q', options))
    expect(await renewed()).toBe('held')
    expect(await at.broker.size('q')).toEqual({ ready: tasks.length, delayed: 0, held: 0 })
  })

  /** How often each command has been executed, by clients and by scripts. */
  const commands = async (): Promise<Map<string, number>> =>
    new Map(
      [...(await at.redis.info('commandstats')).matchAll(/cmdstat_([\w|]+):calls=(\d+)/g)].map(
        ([, name = '', calls]) => [name, Number(calls)],
      ),
    )

  it('are renewed by as many commands for many workers as for few, and one of the workers reclaims for all', async () => {
    let joined = 0
    const joinUpTo = async (count: number): Promise<void> => {
      for (; joined < count; joined++)
        await at.broker.join('q', { id: `w${String(joined)}`, slots: 1, leaseTtl: 3_600_000 })
    }
    const renewAll = async () =>
      await Promise.all(Array.from({ length: joined }, async (_, i) => await at.broker.renew('q', `w${String(i)}`)))
    const costOfARenewal = async (): Promise<Record<string, number>> => {
      const before = await commands()
      await renewAll()
      // A renewal in the very millisecond of the last one changes nothing, and is looked up.
      const after = [...(await commands())].filter(([name]) => name !== 'info' && name !== 'zscore')
      const cost = after.map(([name, calls]) => [name, (calls - (before.get(name) ?? 0)) / joined] as const)
      return Object.fromEntries(cost.filter(([, calls]) => calls > 0))
    }
    await joinUpTo(10)
    await at.broker.renew('q', 'w0')
    const few = await costOfARenewal()
    expect(few).toEqual({ evalsha: 1, time: 1, hmget: 1, hget: 1, zadd: 1, zrangebyscore: 1 })
    await joinUpTo(200)
    expect(await costOfARenewal()).toEqual(few)
    await at.broker.queue('q', [task('a')])
    await at.broker.join('q', { id: 'dead', slots: 1, leaseTtl: 1 })
    await at.broker.settle({ queue: 'q', worker: 'dead', lane: 0, seq: 1 }, [], 1)
    const reports = await until('a report', async () => {
      const replies = (await renewAll()).filter((each) => each === 'overdue')
      return replies.length > 0 ? replies : undefined
    })
    for (let i = 0; i < 5; i++) reports.push(...(await renewAll()).filter((each) => each === 'overdue'))
    expect(reports).toHaveLength(1)
  })

  it('are searched for batches of unknown workers by one of those that look in a while', async () => {
    const tasks = Array.from({ length: 50 }, (_, i) => task(String(i)))
    await at.broker.queue('q', tasks)
    for (const { id } of tasks) {
      await at.broker.join('q', { id: `w${id}`, slots: 1, leaseTtl: 3_600_000 })
      await at.broker.settle({ queue: 'q', worker: `w${id}`, lane: 0, seq: 1 }, [], 1)
    }
    const costOfAPass = async (): Promise<number> => {
      const sum = async () => [...(await commands()).values()].reduce((total, calls) => total + calls, 0)
      const before = await sum()
      await at.broker.reclaim('q', { crashCap: 3, outcome: '{}', ttl: 1, grace: 3_600_000 })
      return (await sum()) - before
    }
    expect(await costOfAPass()).toBeGreaterThan(2 * tasks.length)
    expect(await costOfAPass()).toBeLessThan(20)
  })

  it('flush nothing through a left-over list entry', async () => {
    await at.broker.queue('q', [task('a')])
    await at.broker.revoke('q', ['a'], '{}', 1)
    // As if its record had expired.
    await at.redis.del(...(await at.redis.keys('{pq:q}:o*')))
    await at.broker.queue('q', [task('a', { priority: 9, checkDuplicate: true })])
    await at.broker.join('q', { id: 'w', slots: 1, leaseTtl: 10_000 })
    const { tasks } = await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 1 }, [], 1)
    expect(await at.broker.flush('q', 'operation')).toBe(0)
    const settlements = tasks.map((each) => done(each))
    expect((await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 2 }, settlements, 0)).verdicts).toEqual([
      'recorded',
    ])
  })

  it('let another idle worker look at the next due time when the first one leaves', async () => {
    const woken: string[] = []
    for (const worker of ['one', 'two']) {
      await at.broker.openWorker('q', worker, () => woken.push(worker))
      await at.broker.join('q', { id: worker, slots: 1, leaseTtl: 10_000 })
      await at.broker.settle({ queue: 'q', worker, lane: 0, seq: 1 }, [], 1)
    }
    await at.broker.queue('q', [task('late', { delay: 60_000 })])
    await until('the first', () => (woken.length === 1 ? true : undefined))
    await at.broker.settle({ queue: 'q', worker: 'one', lane: 0, seq: 2 }, [], 1)
    await at.broker.leave('q', 'one')
    await until('the second', () => (woken.length === 2 ? true : undefined))
    expect(woken).toEqual(['one', 'two'])
  })

  it('let a new worker join when memory is full', async () => {
    await at.broker.queue('q', [task('a')])
    await at.redis.config('SET', 'maxmemory', '1mb')
    const other = await at.open()
    await expect(other.queue('q', [task('b')])).rejects.toMatchObject({ code: 'PQ_BROKER_FULL' })
    expect(await other.join('q', { id: 'w', slots: 1, leaseTtl: 10_000 })).toBe('held')
    const { tasks } = await other.settle({ queue: 'q', worker: 'w', lane: 0, seq: 1 }, [], 1)
    expect(tasks.map(({ id }) => id)).toEqual(['a'])
  })

  it('end once with each listener', async () => {
    const first = await at.broker.onTaskEvent(() => undefined)
    const second = await at.broker.onTaskEvent(() => undefined)
    await first.close()
    await first.close()
    expect(await at.redis.zcard('pq:listeners')).toBe(1)
    await second.close()
    expect(await at.redis.exists('pq:listeners')).toBe(0)
  })

  it('find listeners whatever the clock of the producer says', async () => {
    const seen: string[] = []
    await at.broker.onTaskEvent((event, { header }) => seen.push(`${event} ${header.id}`))
    const ahead = await at.open()
    fakeOwnTimers(['Date'], Date.now() + 3_600_000)
    await ahead.queue('q', [task('a')])
    await until('the event', () => (seen.length > 0 ? true : undefined))
    expect(seen).toEqual(['queued a'])
  })
})
