import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EmbeddedDirectoryError, LeaseLostError } from '../../../lib/errors.js'
import type { Broker } from '../../../lib/stores/broker.js'
import { openDatabase } from '../../../lib/stores/embedded/database/sqlite.js'
import type { TaskRecord } from '../../../lib/model/task-record.js'
import { FAILURE, QUEUED, RETRY, STARTED, SUCCESS } from '../../../lib/model/task-state.js'
import { LONGEST_DURATION } from '../../../lib/model/duration.js'
import { deferred } from '../../../lib/util/deferred.js'
import { until } from '../../support/until.js'
import { done, lane, newTask, QUEUE, StoreDirectory } from './support.js'

/** The first integer that JavaScript cannot hold. */
const UNREADABLE = '9007199254740993'

describe('an embedded store', () => {
  const shared = new StoreDirectory()

  const write = (sql: string): void => {
    const db = openDatabase(join(shared.path, 'queue.db'))
    db.exec(sql)
    db.close()
  }
  const join1 = async (broker: Broker): Promise<void> => {
    await broker.join(QUEUE, { id: 'w', slots: 5, leaseTtl: 60_000 })
  }

  it('settles beside a task that is due later than any time, and that task can be looked up and revoked', async () => {
    const broker = await shared.open()
    await join1(broker)
    await broker.queue(QUEUE, [newTask('far', { delay: Number.MAX_SAFE_INTEGER }), newTask('a'), newTask('b')])
    const call = lane('w')
    const { tasks, nextDue } = await broker.settle(call(), [], 1)
    expect(nextDue).toBeGreaterThan(LONGEST_DURATION - 60_000)
    // As version 0.1.0 has stored it.
    write(`UPDATE task SET due = ${UNREADABLE} WHERE id = 'far'`)
    const reply = await broker.settle(call(), tasks.map(done), 5)
    expect(reply.verdicts).toEqual(['recorded'])
    expect(reply.tasks.map(({ id }) => id)).toEqual(['b'])
    expect(reply.nextDue).toBeGreaterThan(LONGEST_DURATION - 60_000)
    expect((await broker.get(QUEUE, ['far']))[0]?.header.status).toBe(QUEUED)
    expect(await broker.revoke(QUEUE, ['far'], 'revoked', 0)).toEqual([true])
  })

  /** Claims two tasks, one of which has an unreadable column, and settles what was claimed. */
  async function claimBeside(column: string): Promise<{ claimed: string[]; bad: TaskRecord | null | undefined }> {
    const broker = await shared.open()
    await join1(broker)
    await broker.queue(QUEUE, [newTask('bad'), newTask('good')])
    write(`UPDATE task SET ${column} = -${UNREADABLE} WHERE id = 'bad'`)
    const call = lane('w')
    const { tasks } = await broker.settle(call(), [], 5)
    const [bad] = await broker.get(QUEUE, ['bad'])
    expect((await broker.settle(call(), tasks.map(done), 0)).verdicts).toEqual(tasks.map(() => 'recorded'))
    expect(await broker.size(QUEUE)).toEqual({ ready: 0, delayed: 0, held: 0 })
    return { claimed: tasks.map(({ id }) => id), bad }
  }

  it.each([
    ['done', 'recorded'],
    ['retry', 'recorded'],
    ['release', 'unknown'],
  ] as const)(
    'has lost a held task by another program: its %s is %s, from its worker’s copy',
    async (kind, verdict) => {
      const broker = await shared.open()
      await join1(broker)
      const ends: (string | undefined)[] = []
      await broker.openInbox('me', (notice) => {
        if (notice.kind === 'done') ends.push(...notice.tasks.map(({ record }) => String(record?.body)))
      })
      await broker.queue(QUEUE, [newTask('a', { inbox: 'me', tags: ['t'] }), newTask('b')])
      const call = lane('w')
      const [a, b] = (await broker.settle(call(), [], 5)).tasks
      if (!a || !b) throw new Error('both were ready')
      write("DELETE FROM task WHERE id = 'a'")
      const ends1 = { done: done(a), retry: { kind: 'retry', task: a, delay: 0, outcome: 'no' } } as const
      const settlement = kind === 'release' ? ({ kind, task: a, delay: 0 } as const) : ends1[kind]
      const sent = call()
      expect((await broker.settle(sent, [settlement, done(b)], 0)).verdicts).toEqual([verdict, 'recorded'])
      expect((await broker.settle(sent, [settlement, done(b)], 0)).verdicts).toEqual([verdict, 'recorded'])
      const [record] = await broker.get(QUEUE, ['a'])
      const statuses = { done: SUCCESS, retry: RETRY, release: null }
      expect([record?.header.status, record?.header.tags]).toEqual(
        kind === 'release' ? [undefined, undefined] : [statuses[kind], ['t']],
      )
      const ready = kind === 'retry' ? 1 : 0
      expect(await broker.size(QUEUE)).toEqual({ ready, delayed: 0, held: 0 })
      if (kind === 'done') await until('the notice', () => (ends.length > 0 ? true : undefined))
      if (kind === 'retry') expect((await broker.settle(call(), [], 5)).tasks).toMatchObject([{ id: 'a', run: 2 }])
      expect(ends).toEqual(kind === 'done' ? ['body'] : [])
    },
  )

  it('holds nothing for a worker that has left, though another program has deleted what it held', async () => {
    const broker = await shared.open()
    await join1(broker)
    await broker.queue(QUEUE, [newTask('a'), newTask('b')])
    await broker.settle(lane('w')(), [], 5)
    write("DELETE FROM task WHERE id = 'a'")
    await broker.leave(QUEUE, 'w')
    expect(await broker.size(QUEUE)).toEqual({ ready: 1, delayed: 0, held: 0 })
  })

  it.each(['runs', 'crashes', 'suspect', 'queued_at', 'priority', 'body', 'state'])(
    'ends a task whose %s cannot be read as FAILURE with the reason, and goes on with the others',
    async (column) => {
      const { claimed, bad } = await claimBeside(column)
      expect(claimed).toEqual(['good'])
      expect(bad?.header.status).toBe(FAILURE)
      expect(Buffer.from(bad?.outcome ?? '').toString()).toContain('cannot be read')
    },
  )

  it.each(['settled', 'place', 'due'])(
    'runs a task whose %s cannot be read, and is not needed for a run',
    async (column) => {
      const { claimed, bad } = await claimBeside(column)
      expect(claimed).toEqual(['bad', 'good'])
      expect(bad?.header.status).toBe(STARTED)
    },
  )

  it('counts ready tasks that another program has deleted no more once a worker has looked for them', async () => {
    const broker = await shared.open()
    await join1(broker)
    await broker.queue(
      QUEUE,
      ['a', 'b', 'c'].map((id) => newTask(id)),
    )
    write(`DELETE FROM task WHERE id IN ('a', 'c')`)
    const call = lane('w')
    const { tasks } = await broker.settle(call(), [], 5)
    expect(tasks.map(({ id }) => id)).toEqual(['b'])
    expect(await broker.size(QUEUE)).toEqual({ ready: 0, delayed: 0, held: 1 })
    await broker.queue(QUEUE, [newTask('d')])
    write(`DELETE FROM task WHERE id = 'd'`)
    expect((await broker.settle(call(), tasks.map(done), 5)).tasks).toEqual([])
    expect(await broker.size(QUEUE)).toEqual({ ready: 0, delayed: 0, held: 0 })
  })

  it('counts on where its own counters cannot be read', async () => {
    const broker = await shared.open()
    await broker.queue(QUEUE, [newTask('a')])
    write(`UPDATE queue SET fence = ${UNREADABLE}, head = ${UNREADABLE}, queued = ${UNREADABLE}`)
    expect(await broker.stats(QUEUE)).toMatchObject({ queued: 0 })
    await broker.queue(QUEUE, [newTask('b')])
    await join1(broker)
    const { tasks } = await broker.settle(lane('w')(), [], 5)
    expect(tasks.map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it.each(['{', '[[4, 1]]', `[[4, 1, ${UNREADABLE}, 1, 0]]`, 'null'])(
    'finds the ready tasks by their keys where %s says where they are',
    async (tracks) => {
      const broker = await shared.open()
      await join1(broker)
      const tasks = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => newTask(id))
      await broker.queue(QUEUE, [...tasks, newTask('high', { priority: 9 }), newTask('late', { delay: 60_000 })])
      const call = lane('w')
      const held = (await broker.settle(call(), [], 3)).tasks
      await broker.revoke(QUEUE, ['d'], 'revoked', 0)
      write(`UPDATE queue SET tracks = '${tracks}'`)
      expect(await broker.size(QUEUE)).toEqual({ ready: 3, delayed: 1, held: 3 })
      await broker.queue(QUEUE, [newTask('g')])
      const reply = await broker.settle(call(), held.map(done), 9)
      expect(reply.verdicts).toEqual(held.map(() => 'recorded'))
      expect(reply.tasks.map(({ id }) => id)).toEqual(['c', 'e', 'f', 'g'])
      expect(await broker.size(QUEUE)).toEqual({ ready: 0, delayed: 1, held: 4 })
    },
  )

  it('makes the tasks ready again whose claim cannot be read', async () => {
    const broker = await shared.open()
    await join1(broker)
    await broker.queue(QUEUE, [newTask('a'), newTask('b'), newTask('c')])
    const call = lane('w')
    await broker.settle(call(), [], 2)
    write(`UPDATE batch SET at = ${UNREADABLE}`)
    const records = await broker.get(QUEUE, ['a'])
    expect(records[0]?.header.status).toBe(QUEUED)
    expect(await broker.size(QUEUE)).toEqual({ ready: 3, delayed: 0, held: 0 })
    expect((await broker.settle(call(), [], 5)).tasks).toHaveLength(3)
  })

  it.each(['since', 'due', 'slots', 'takes', 'woken', 'handed'])(
    'wakes an idle worker whose %s cannot be read, and gives it tasks',
    async (column) => {
      const broker = await shared.open()
      await join1(broker)
      const heard = deferred<string>()
      await broker.openWorker(QUEUE, 'w', ({ kind }) => {
        heard.resolve(kind)
      })
      const call = lane('w')
      await broker.settle({ ...call(), handOff: 0 }, [], 5)
      write(`UPDATE worker SET ${column} = ${UNREADABLE}`)
      await broker.queue(QUEUE, [newTask('a')])
      expect(['handed', 'wake']).toContain(await heard.promise)
      const { tasks, handed } = await broker.settle({ ...call(), handOff: 0 }, [], 5)
      expect([...tasks, ...(handed ?? [])]).toMatchObject([{ id: 'a' }])
    },
  )

  it('has a worker join anew whose last call cannot be read', async () => {
    const broker = await shared.open()
    await join1(broker)
    const call = lane('w')
    await broker.settle(call(), [], 1)
    write(`UPDATE worker SET seq_0 = ${UNREADABLE}`)
    await expect(broker.settle(call(), [], 1)).rejects.toThrow(LeaseLostError)
  })

  it('has a worker join anew whose last answer cannot be read', async () => {
    const broker = await shared.open()
    await join1(broker)
    const call = lane('w')()
    await broker.settle(call, [], 1)
    write("UPDATE worker SET answer_0 = '{'")
    await expect(broker.settle(call, [], 1)).rejects.toThrow(LeaseLostError)
  })

  it.each<[what: string, files: readonly string[]]>([
    ['its directory was', ['']],
    ['its tasks were', ['queue.db', 'queue.db-wal', 'queue.db-shm']],
    ['its leases were', ['leases.db', 'leases.db-wal', 'leases.db-shm']],
  ])('acknowledges nothing any more once %s deleted, also when that was made anew', async (_what, files) => {
    const broker = await shared.open()
    await broker.queue(QUEUE, [newTask('first')])
    await broker.operations().takeAlerts(['rule'], 'first', 1_000)
    for (const file of files) rmSync(join(shared.path, file), { recursive: true, force: true })
    let last = 0
    const refusal = await until('a refusal', () =>
      broker.queue(QUEUE, [newTask(`t${String(++last)}`)]).then(
        () => undefined,
        (error: unknown) => error,
      ),
    )
    expect(refusal).toBeInstanceOf(EmbeddedDirectoryError)
    expect(String(refusal)).toContain('was deleted or replaced while it was in use')
    await expect(broker.get(QUEUE, ['first'])).rejects.toThrow(EmbeddedDirectoryError)
    await expect(broker.operations().takeAlerts(['rule'], 'second', 1_000)).rejects.toThrow(EmbeddedDirectoryError)
    const other = await shared.open()
    expect(await other.queue(QUEUE, [newTask('other')])).toMatchObject([{ verdict: 'queued' }])
    await expect(broker.queue(QUEUE, [newTask('late')])).rejects.toThrow(EmbeddedDirectoryError)
  })
})
