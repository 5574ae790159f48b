import { join } from 'node:path'
import { until } from '../../support/until.js'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { TaskRecord } from '../../../lib/model/task-record.js'
import type { ClaimedTask, InboxNotice } from '../../../lib/stores/broker.js'
import { DatabaseConnection } from '../../../lib/stores/embedded/database/database-connection.js'
import { EmbeddedBroker } from '../../../lib/stores/embedded/embedded-broker.js'
import { openDatabase } from '../../../lib/stores/embedded/database/sqlite.js'
import { noCounts } from '../../../lib/model/run-counts.js'
import { FORGET_AFTER } from '../../../lib/stores/policy.js'
import { deferred } from '../../../lib/util/deferred.js'
import { done, lane, newTask, QUEUE, StoreDirectory } from './support.js'

const RECLAIM = { crashCap: 3, outcome: 'crashed', ttl: 0, grace: 1 }
const release = (task: ClaimedTask) => ({ kind: 'release' as const, task, delay: 0 })
const idsOf = (tasks: readonly { readonly id: string }[]): string[] => tasks.map(({ id }) => id)
const named = (...ids: string[]) => ids.map((id) => newTask(id))

describe('the keys of an embedded queue', () => {
  const shared = new StoreDirectory()

  const rows = (sql: string): unknown[] => {
    const db = openDatabase(join(shared.path, 'queue.db'))
    try {
      return db.prepare(sql).all()
    } finally {
      db.close()
    }
  }

  it('are leased as one range, of which a released task leaves two', async () => {
    const broker = await shared.open()
    await broker.join(QUEUE, { id: 'w', slots: 9, leaseTtl: 60_000 })
    await broker.queue(QUEUE, named('a', 'b', 'c', 'd', 'e'))
    const call = lane('w')
    const { tasks } = await broker.settle(call(), [], 5)
    expect(rows('SELECT last - first + 1 AS keys, left FROM batch')).toMatchObject([{ keys: 5, left: 5 }])
    await broker.settle(call(), tasks.slice(2, 3).map(release), 0)
    expect(rows('SELECT last - first + 1 AS keys, left FROM batch ORDER BY first')).toMatchObject([
      { keys: 2, left: 2 },
      { keys: 2, left: 2 },
    ])
    await broker.join(QUEUE, { id: 'v', slots: 9, leaseTtl: 60_000 })
    const others = await broker.settle(lane('v')(), [], 5)
    expect(idsOf(others.tasks)).toEqual(['c'])
    const mine = tasks.filter(({ id }) => id !== 'c')
    expect(await broker.held(QUEUE, 'w', tasks)).toEqual([true, true, false, true, true])
    expect((await broker.settle(call(), tasks.map(done), 0)).verdicts).toEqual(
      tasks.map(({ id }) => (id === 'c' ? 'stale' : 'recorded')),
    )
    expect(await broker.size(QUEUE)).toEqual({ ready: 0, delayed: 0, held: 1 })
    expect((await broker.get(QUEUE, idsOf(mine))).map((record) => record?.header.status)).toEqual([1, 1, 1, 1])
  })

  it('are passed over where a task was revoked, dropped or is a duplicate, and the sizes stay right', async () => {
    const broker = await shared.open()
    await broker.join(QUEUE, { id: 'w', slots: 9, leaseTtl: 60_000 })
    await broker.queue(QUEUE, named('a', 'b', 'a', 'c', 'd'))
    await broker.revoke(QUEUE, ['b', 'd'], 'revoked', 0)
    expect((await broker.size(QUEUE)).ready).toBe(2)
    const call = lane('w')
    expect(idsOf((await broker.settle(call(), [], 1)).tasks)).toEqual(['a'])
    expect((await broker.size(QUEUE)).ready).toBe(1)
    expect(await broker.flush(QUEUE, 'once')).toBe(1)
    await broker.queue(QUEUE, named('e', 'b'))
    expect((await broker.size(QUEUE)).ready).toBe(1)
    expect(idsOf((await broker.settle(call(), [], 5)).tasks)).toEqual(['e'])
    expect(await broker.size(QUEUE)).toEqual({ ready: 0, delayed: 0, held: 2 })
  })

  it('of a task that was retried and promoted lie in no range that is still leased', async () => {
    const broker = await shared.open()
    await broker.join(QUEUE, { id: 'w', slots: 9, leaseTtl: 60_000 })
    await broker.queue(QUEUE, named('a', 'b', 'c'))
    const call = lane('w')
    const { tasks } = await broker.settle(call(), [], 3)
    const [, b] = tasks
    if (!b) throw new Error('expected three tasks')
    await broker.settle(call(), [{ kind: 'retry', task: b, delay: 60_000, outcome: 'no' }], 0)
    expect(await broker.promote(QUEUE, ['b'])).toEqual([true])
    await broker.join(QUEUE, { id: 'v', slots: 9, leaseTtl: 60_000 })
    const again = (await broker.settle(lane('v')(), [], 1)).tasks
    expect(again).toMatchObject([{ id: 'b', run: 2 }])
    expect(await broker.held(QUEUE, 'w', tasks)).toEqual([true, false, true])
    expect(await broker.held(QUEUE, 'v', again)).toEqual([true])
    expect((await broker.settle(call(), tasks.map(done), 0)).verdicts).toEqual(['recorded', 'stale', 'recorded'])
  })

  it('lead to what came to a task after it was claimed: an inbox and progress are in the notice of its end', async () => {
    const broker = await shared.open()
    await broker.join(QUEUE, { id: 'w', slots: 9, leaseTtl: 60_000 })
    await broker.queue(QUEUE, named('a', 'b'))
    const call = lane('w')
    const { tasks } = await broker.settle(call(), [], 2)
    const ended = new Promise<TaskRecord | null | undefined>((resolve) => {
      void broker.openInbox('late', (notice: InboxNotice) => {
        if (notice.kind === 'done') resolve(notice.tasks[0]?.record)
      })
    })
    await broker.get(QUEUE, ['b'], 'late')
    const progress = tasks.map(({ id, fence }) => ({ id, fence, progress: `of ${id}` }))
    expect(await broker.progress(QUEUE, 'w', progress)).toEqual([true, true])
    await broker.settle(call(), tasks.map(done), 0)
    const record = await ended
    expect([record?.header.id, String(record?.progress)]).toEqual(['b', 'of b'])
    expect(await broker.get(QUEUE, ['b'])).toEqual([record])
  })

  it('take two transactions from a lone task to its result: its hand-off, and the notice of its end, are part of them', async () => {
    const broker = await shared.open()
    const [handed, ended] = [deferred<ClaimedTask>(), deferred<unknown>()]
    await broker.openWorker(QUEUE, 'w', (notice) => {
      if (notice.kind === 'handed') for (const each of notice.tasks) handed.resolve(each)
    })
    await broker.openInbox('in', (notice) => {
      ended.resolve(notice)
    })
    await broker.join(QUEUE, { id: 'w', slots: 1, leaseTtl: 60_000 })
    const call = lane('w')
    await broker.settle({ ...call(), handOff: 0 }, [], 1)
    const statements = vi.spyOn(DatabaseConnection.prototype, 'sql')
    onTestFinished(() => {
      statements.mockRestore()
    })
    await broker.queue(QUEUE, [newTask('a', { inbox: 'in' })])
    const task = await handed.promise
    await broker.settle({ ...call(), handOff: task.fence }, [done(task)], 1)
    await ended.promise
    expect(statements.mock.calls.filter(([text]) => text === 'COMMIT')).toHaveLength(2)
  })

  it('wake no more workers than have free slots for what is ready', async () => {
    const broker = await shared.open()
    const woken: string[] = []
    for (const id of ['a', 'b', 'c']) {
      await broker.openWorker(QUEUE, id, () => woken.push(id))
      await broker.join(QUEUE, { id, slots: 4, leaseTtl: 60_000 })
      await broker.settle({ ...lane(id)(), freeSlots: 4 }, [], 8)
    }
    const heard = new Promise<void>((resolve) => {
      void broker.openInbox('in', () => {
        resolve()
      })
    })
    await broker.queue(QUEUE, [newTask('last', { inbox: 'in' }), ...named('t', 'u', 'v', 'x')])
    // A notice that is sent after the wakes is heard after them.
    await broker.revoke(QUEUE, ['last'], 'revoked', 0)
    await heard
    expect(woken).toHaveLength(2)
  })

  it('are deleted with the records whose time is over, by the batch, and their ids can be used again', async () => {
    let now = Date.now()
    const broker = new EmbeddedBroker('embedded::memory:expiry', { now: () => now })
    await broker.join(QUEUE, { id: 'w', slots: 9, leaseTtl: 60_000 })
    await broker.queue(QUEUE, named('a', 'b', 'c'))
    const call = lane('w')
    const { tasks } = await broker.settle(call(), [], 3)
    const ttls = [0, 3_600_000, 0]
    await broker.settle(
      call(),
      tasks.map((task, i) => ({ ...done(task), ttl: ttls[i] ?? 0 })),
      0,
    )
    now += 600_001
    expect(await broker.get(QUEUE, ['a', 'b', 'c'])).toMatchObject([null, { header: { id: 'b' } }, null])
    expect(await broker.queue(QUEUE, named('a'))).toMatchObject([{ verdict: 'queued' }])
    await broker.reclaim(QUEUE, RECLAIM)
    expect(await broker.size(QUEUE)).toEqual({ ready: 1, delayed: 0, held: 0 })
    expect((await broker.get(QUEUE, ['a', 'b']))[0]?.header.status).toBe(6)
    await broker.close()
  })

  it('of a queue that was unused for seven days are forgotten with it, unless somebody needs it', async () => {
    let now = Date.now()
    const broker = new EmbeddedBroker('embedded::memory:forget', { now: () => now })
    for (const name of ['dead', 'paused', 'full', 'joined', 'scheduled']) {
      await broker.queue(name, named('t'))
      await broker.flush(name, `flush ${name}`)
    }
    await broker.pause('paused')
    await broker.queue('full', named('t'))
    await broker.join('joined', { id: 'w', slots: 1, leaseTtl: 60_000 })
    await broker.tick('scheduled', { job: 'j', expected: null, at: 1, schedule: 's', operation: 'one', task: null })
    await broker.queue('sweeper', named('t'))
    const operations = broker.operations()
    const jobs = new Map([['j', { ...noCounts(), succeeded: 1 }]])
    await operations.observe('dead', { worker: 'w', seq: 1, jobs, ended: [], isComplete: true })
    now += FORGET_AFTER - 1_000
    await broker.reclaim('sweeper', RECLAIM)
    expect(await broker.queues()).toContain('dead')
    expect(await operations.totals('dead')).toHaveLength(1)
    now += 2_000
    await broker.reclaim('sweeper', RECLAIM)
    expect(await broker.queues()).toEqual(['paused', 'full', 'joined', 'scheduled', 'sweeper'])
    // They are in a file of their own, after the commit.
    await until('the totals', async () => ((await operations.totals('dead')).length === 0 ? true : undefined))
    expect(await broker.queue('dead', named('t'))).toMatchObject([{ verdict: 'queued' }])
    await broker.close()
  })
})
