import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { InboxNotice } from '../../../lib/stores/broker.js'
import { openDatabase } from '../../../lib/stores/embedded/database/sqlite.js'
import { fakeOwnTimers } from '../../support/own-timers.js'
import { until } from '../../support/until.js'
import { killed, newTask, StoreDirectory, QUEUE } from './support.js'

describe('processes that share a directory', () => {
  const shared = new StoreDirectory()

  it('wake each other both ways, without polling', async () => {
    // The net under a lost wake is an interval: without any, only a wake is heard.
    fakeOwnTimers(['setInterval'])
    const broker = await shared.open()
    let over: (notice: InboxNotice) => void = () => undefined
    await broker.openInbox('in', (notice) => {
      over(notice)
    })
    await shared.peer('work', 'other', () => undefined, 'no-intervals')
    for (let i = 0; i < 40; i++) {
      const notice = new Promise<InboxNotice>((resolve) => (over = resolve))
      await broker.queue(QUEUE, [newTask(`t${String(i)}`, { inbox: 'in' })])
      const { kind, ...rest } = await notice
      expect({ kind, ...rest }).toMatchObject({ kind: 'done', tasks: [{ id: `t${String(i)}` }] })
    }
  })

  it('may all be the first to open it', async () => {
    const openers = await Promise.all(Array.from({ length: 4 }, async () => await shared.opener()))
    for (let round = 0; round < 15; round++) {
      const url = `${shared.url}/${String(round)}`
      const outcomes = openers.map(async (opener) => {
        const [outcome] = (await once(opener, 'message')) as unknown[]
        return outcome
      })
      for (const opener of openers) opener.send(url)
      expect(await Promise.all(outcomes)).toEqual(openers.map(() => 'opened'))
    }
  })

  it('lose nothing that was acknowledged when one is killed while it commits', async () => {
    for (let round = 0; round < 5; round++) {
      const acknowledged: string[] = []
      let enough: () => void = () => undefined
      const some = new Promise<void>((resolve) => (enough = resolve))
      const peer = await shared.peer('produce', `p${String(round)}`, (message) => {
        acknowledged.push(...(message as { acknowledged: string[] }).acknowledged)
        if (acknowledged.length > 200 + 100 * round) enough()
      })
      await some
      await killed(peer)
      const broker = await shared.open()
      const records = await broker.get(QUEUE, acknowledged)
      expect(records.filter((record) => record === null)).toEqual([])
      const sizes = await broker.size(QUEUE)
      expect(sizes.ready).toBe((await broker.stats(QUEUE)).queued)
      // In whole batches, or not at all.
      expect(sizes.ready % 10).toBe(0)
    }
    const db = openDatabase(join(shared.path, 'queue.db'))
    expect(db.prepare('PRAGMA integrity_check').get()).toMatchObject({ integrity_check: 'ok' })
    db.close()
  })

  it('run every task once when four of them claim and two queue at the same time', async () => {
    const ran: string[] = []
    const broker = await shared.open()
    const workers = ['w1', 'w2', 'w3', 'w4'].map((name) =>
      shared.peer('work', name, (message) => {
        ran.push(...(message as { ran: string[] }).ran)
      }),
    )
    await Promise.all(workers)
    const producers = ['a', 'b'].map((name) => shared.peer('produce', name, () => undefined))
    const mine = Array.from({ length: 500 }, (_, i) => `mine-${String(i)}`)
    let left = mine.length
    const over = new Promise<void>((resolve) => {
      void broker
        .openInbox('in', (notice) => {
          if (notice.kind === 'done' && (left -= notice.tasks.length) === 0) resolve()
        })
        .then(() => Promise.all(mine.map((id) => broker.queue(QUEUE, [newTask(id, { inbox: 'in', priority: 5 })]))))
    })
    await over
    for (const producer of producers) await killed(await producer)
    await until('a drain', async () => {
      const { ready, held } = await broker.size(QUEUE)
      return ready + held === 0 ? true : undefined
    })
    expect(new Set(ran).size).toBe(ran.length)
    const stats = await broker.stats(QUEUE)
    expect(stats.succeeded).toBe(stats.queued)
    expect(stats).toMatchObject({ failed: 0, retried: 0, released: 0, reclaimed: 0 })
  })

  it('wake a living worker when the one that waited longer was killed', async () => {
    const broker = await shared.open()
    const dead = await shared.peer('work', 'dead', () => undefined)
    let run: (ids: string[]) => void = () => undefined
    const ran = new Promise<string[]>((resolve) => (run = resolve))
    await shared.peer('work', 'alive', (message) => {
      const { ran: ids } = message as { ran: string[] }
      if (ids.length > 0) run(ids)
    })
    await killed(dead)
    await broker.queue(QUEUE, [newTask('t')])
    expect(await ran).toEqual(['t'])
  })

  it('leave no wake file behind when they close, and an empty log', async () => {
    const broker = await shared.open()
    await broker.openInbox('in', () => undefined)
    expect(readdirSync(join(shared.path, 'wake'))).toHaveLength(1)
    await broker.close()
    expect(readdirSync(join(shared.path, 'wake'))).toEqual([])
    const logs = readdirSync(shared.path).filter((file) => file.endsWith('-wal'))
    expect(logs.map((file) => statSync(join(shared.path, file)).size).filter((size) => size > 0)).toEqual([])
  })
})
