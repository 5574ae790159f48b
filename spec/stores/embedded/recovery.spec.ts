import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Broker, ReclaimReply, WorkerNotice } from '../../../lib/stores/broker.js'
import { openDatabase } from '../../../lib/stores/embedded/database/sqlite.js'
import { until } from '../../support/until.js'
import { done, lane, newTask, StoreDirectory, QUEUE } from './support.js'

const OPTIONS = { crashCap: 3, outcome: 'crashed', ttl: 0, grace: 1 }

/** Until a worker whose lease has run out is condemned. */
async function condemn(broker: Broker): Promise<ReclaimReply> {
  return await until('a condemnation', async () => {
    const reply = await broker.reclaim(QUEUE, OPTIONS)
    return reply.condemned.length > 0 ? reply : undefined
  })
}

/** A worker that claimed and died: its lease lasts no time. */
async function die(broker: Broker, worker: string, max: number): Promise<ReclaimReply> {
  await broker.join(QUEUE, { id: worker, slots: max, leaseTtl: 1 })
  await broker.settle({ queue: QUEUE, worker, lane: 0, seq: 1 }, [], max)
  return await condemn(broker)
}

describe('what dead workers leave in an embedded broker', () => {
  const shared = new StoreDirectory()

  it('never lets a condemned id join again, even when nothing of it is left', async () => {
    const broker = await shared.open()
    await broker.queue(QUEUE, [newTask('t')])
    await die(broker, 'dead', 1)
    for (let i = 0; i < 3; i++) await broker.reclaim(QUEUE, OPTIONS)
    await broker.leave(QUEUE, 'dead')
    expect(await broker.join(QUEUE, { id: 'dead', slots: 1, leaseTtl: 10_000 })).toBe('lost')
    expect(await broker.renew(QUEUE, 'dead')).toBe('lost')
  })

  it('moves tasks of a worker whose lease is lost with its file', async () => {
    const broker = await shared.open()
    await broker.queue(QUEUE, [newTask('a'), newTask('b')])
    await broker.join(QUEUE, { id: 'w', slots: 2, leaseTtl: 60_000 })
    await broker.settle({ queue: QUEUE, worker: 'w', lane: 0, seq: 1 }, [], 2)
    const leases = openDatabase(join(shared.path, 'leases.db'))
    leases.exec('DELETE FROM lease')
    leases.close()
    expect(await broker.reclaim(QUEUE, OPTIONS)).toMatchObject({ requeued: 2, failed: [] })
    expect(await broker.size(QUEUE)).toEqual({ ready: 2, delayed: 0, held: 0 })
  })

  it('takes a renewal as life that came before the second look, and another boot as no proof of death', async () => {
    const broker = await shared.open()
    await broker.queue(QUEUE, [newTask('t')])
    await broker.join(QUEUE, { id: 'w', slots: 1, leaseTtl: 60_000 })
    await broker.settle({ queue: QUEUE, worker: 'w', lane: 0, seq: 1 }, [], 1)
    const leases = openDatabase(join(shared.path, 'leases.db'))
    leases.exec("UPDATE lease SET boot = 'another'")
    leases.close()
    const patient = { ...OPTIONS, grace: 60_000 }
    expect(await broker.reclaim(QUEUE, patient)).toMatchObject({ condemned: [], more: true })
    expect(await broker.renew(QUEUE, 'w')).toBe('held')
    expect(await broker.reclaim(QUEUE, { ...patient, grace: 0 })).toMatchObject({ condemned: [], more: false })
  })

  it('moves more tasks than one pass takes, in order, and blames none of many', async () => {
    const broker = await shared.open()
    const ids = Array.from({ length: 1_203 }, (_, i) => `t${String(i).padStart(4, '0')}`)
    await broker.queue(
      QUEUE,
      ids.map((id) => newTask(id)),
    )
    let { requeued, more } = await die(broker, 'dead', 1_203)
    expect(more).toBe(true)
    while (more) {
      const reply = await broker.reclaim(QUEUE, OPTIONS)
      requeued += reply.requeued
      more = reply.more
    }
    expect(requeued).toBe(1_203)
    const records = await broker.get(QUEUE, ids)
    expect(records.filter((record) => record?.header.crashes !== 0)).toEqual([])
    const call = lane('w')
    await broker.join(QUEUE, { id: 'w', slots: 10, leaseTtl: 10_000 })
    const claimed: string[] = []
    for (let outcomes = [] as ReturnType<typeof done>[]; ;) {
      const { tasks } = await broker.settle(call(), outcomes, 100)
      if (tasks.length === 0) break
      // Each was running when its process died: as many go together now as the root of their number.
      expect(tasks.length).toBeLessThanOrEqual(34)
      claimed.push(...tasks.map(({ id }) => id))
      outcomes = tasks.map(done)
    }
    expect(claimed).toEqual(ids)
  })

  it('lets a worker sleep that holds a suspect, and one that only a suspect waits for', async () => {
    const broker = await shared.open()
    await broker.queue(QUEUE, [newTask('suspect')])
    await die(broker, 'dead', 1)
    await broker.queue(QUEUE, [newTask('plain')])
    const notices: WorkerNotice[] = []
    await broker.openWorker(QUEUE, 'w', (notice) => notices.push(notice))
    await broker.join(QUEUE, { id: 'w', slots: 5, leaseTtl: 10_000 })
    const call = lane('w')
    const first = await broker.settle(call(), [], 5)
    expect(first.tasks.map(({ id }) => id)).toEqual(['suspect'])
    expect((await broker.settle(call(), [], 4)).tasks).toEqual([])
    const second = await broker.settle(call(), first.tasks.map(done), 5)
    expect(second.tasks.map(({ id }) => id)).toEqual(['plain'])
    // Whatever was said by now has been heard once another round trip of notices is over.
    const heard = new Promise<void>((resolve) => {
      void broker
        .openInbox('in', () => {
          resolve()
        })
        .then(() => broker.get(QUEUE, ['plain'], 'in'))
        .then(() => broker.settle(call(), second.tasks.map(done), 0))
    })
    await heard
    expect(notices).toEqual([])
  })

  it('keeps text with a NUL whole', async () => {
    const broker = await shared.open()
    await broker.queue(QUEUE, [newTask('t', { body: 'a\0b' })])
    await broker.join(QUEUE, { id: 'w', slots: 1, leaseTtl: 10_000 })
    const call = lane('w')
    const { tasks } = await broker.settle(call(), [], 1)
    await broker.settle(call(), [...tasks.map((task) => ({ ...done(task), outcome: '\0' }))], 0)
    const [record] = await broker.get(QUEUE, ['t'])
    expect(Buffer.from(record?.body ?? '').toString()).toBe('a\0b')
    expect(Buffer.from(record?.outcome ?? '').toString()).toBe('\0')
  })

  it('does not let a task come back that one call both released and ended', async () => {
    const broker = await shared.open()
    await broker.queue(QUEUE, [newTask('t')])
    await broker.join(QUEUE, { id: 'w', slots: 1, leaseTtl: 10_000 })
    const call = lane('w')
    const { tasks } = await broker.settle(call(), [], 1)
    const outcomes = tasks.flatMap((task) => [{ kind: 'release' as const, task, delay: 0 }, done(task)])
    await broker.settle(call(), outcomes, 0)
    expect(await broker.size(QUEUE)).toEqual({ ready: 0, delayed: 0, held: 0 })
    expect(await broker.stats(QUEUE)).toMatchObject({ succeeded: 1, released: 0 })
  })

  it('wakes another idle worker when the one that knew the next due time has no room', async () => {
    const broker = await shared.open()
    const calls = { a: lane('a'), b: lane('b') }
    let wake: (worker: 'a' | 'b') => void = () => undefined
    for (const worker of ['a', 'b'] as const) {
      await broker.openWorker(QUEUE, worker, () => {
        wake(worker)
      })
      await broker.join(QUEUE, { id: worker, slots: 1, leaseTtl: 10_000 })
      await broker.settle(calls[worker](), [], 1)
    }
    const first = new Promise<'a' | 'b'>((resolve) => (wake = resolve))
    await broker.queue(QUEUE, [newTask('later', { delay: 60_000 })])
    const armed = await first
    const second = new Promise<'a' | 'b'>((resolve) => (wake = resolve))
    expect((await broker.settle(calls[armed](), [], 1)).nextDue).toBeGreaterThan(59_000)
    await broker.settle(calls[armed](), [], 0)
    expect(await second).toBe(armed === 'a' ? 'b' : 'a')
  })
})
