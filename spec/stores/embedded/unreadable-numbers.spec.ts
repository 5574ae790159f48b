import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LeaseLostError } from '../../../lib/errors.js'
import { noCounts } from '../../../lib/model/run-counts.js'
import { FAILURE, QUEUED, STARTED } from '../../../lib/model/task-state.js'
import type { ClaimedTask, LaneCall } from '../../../lib/stores/broker.js'
import { openDatabase } from '../../../lib/stores/embedded/database/sqlite.js'
import type { EmbeddedBroker } from '../../../lib/stores/embedded/embedded-broker.js'
import { EmbeddedPermitStore } from '../../../lib/stores/embedded/embedded-permit-store.js'
import { until } from '../../support/until.js'
import { done, lane, newTask, QUEUE, StoreDirectory } from './support.js'

/** The first integers that JavaScript cannot hold, those of SQLite at its limits, and the last ones that can be read. */
const NUMBERS = [
  '9007199254740993',
  '-9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '9007199254740991',
] as const

describe('a number of an embedded store that no row may have', () => {
  const shared = new StoreDirectory()

  const write = (sql: string, file = 'queue.db'): void => {
    const db = openDatabase(join(shared.path, file))
    db.exec(sql)
    db.close()
  }

  /** A broker with a worker that holds tasks `held` and `other`; `ready`, `late` and `over` are what they are named. */
  async function filled(): Promise<{ broker: EmbeddedBroker; call: () => LaneCall; held: readonly ClaimedTask[] }> {
    const broker = await shared.open()
    await broker.join(QUEUE, { id: 'w', slots: 5, leaseTtl: 60_000 })
    const call = lane('w')
    await broker.queue(QUEUE, [newTask('over')])
    const { tasks } = await broker.settle(call(), [], 1)
    const failed = tasks.map((task) => ({ ...done(task), status: FAILURE, ttl: 60_000 }))
    await broker.settle(call(), failed, 0)
    await broker.queue(QUEUE, [newTask('held'), newTask('other')])
    const { tasks: held } = await broker.settle(call(), [], 2)
    await broker.queue(QUEUE, [newTask('late', { delay: 60_000 }), newTask('ready')])
    return { broker, call, held }
  }

  /** All that looks at the tasks of a queue, and then all that changes them. */
  async function useAll(broker: EmbeddedBroker): Promise<void> {
    const operations = broker.operations()
    await broker.size(QUEUE)
    await broker.stats(QUEUE)
    await broker.get(QUEUE, ['over', 'held', 'other', 'late', 'ready'])
    await broker.get(QUEUE, ['held', 'ready'], 'inbox')
    await operations.inspect(QUEUE)
    for (const state of ['ready', 'delayed', 'held', 'failed'] as const) await operations.list(QUEUE, state, null, 9)
    await broker.queue(QUEUE, [newTask('new')])
    await broker.reclaim(QUEUE, { crashCap: 3, outcome: 'crashed', ttl: 60_000, grace: 0 })
    await broker.revoke(QUEUE, ['over', 'late', 'held', 'other', 'ready'], 'revoked', 60_000)
    await broker.flush(QUEUE, 'flush')
  }

  const CASES = [
    ...['seq', 'queue', 'state', 'status', 'priority', 'queued_at', 'due', 'runs', 'crashes', 'suspect', 'place'],
    ...['started_at', 'ended_at', 'expires_at', 'settled', 'progress', 'outcome', 'body'],
  ]

  it.each(CASES)('in %s of a task stops no verb for other tasks', async (column) => {
    const { broker, call, held } = await filled()
    // A key can be of one row alone.
    const ids = column === 'seq' ? "'held'" : "'held', 'late', 'over', 'bad'"
    await broker.queue(QUEUE, [newTask('bad')])
    write(`UPDATE task SET ${column} = ${NUMBERS[2]} WHERE id IN (${ids})`)
    const { verdicts, tasks } = await broker.settle(call(), held.map(done), 5)
    expect(verdicts[1]).toBe('recorded')
    expect(tasks.map(({ id }) => id)).toContain('ready')
    await broker.settle(call(), tasks.filter(({ id }) => id === 'ready').map(done), 0)
    await useAll(broker)
  })

  it.each(
    Object.entries({
      queue: ['id', 'paused', 'used_at', 'head', 'fence', 'queued', 'failed'],
      track: ['priority'],
      batch: ['queue', 'last', 'offset', 'at', 'left', 'changed', 'suspect'],
      worker: ['since', 'due', 'slots', 'takes', 'woken', 'handed'],
      expiry: ['at', 'first'],
      sqlite_sequence: ['seq'],
    }).flatMap(([table, columns]) => columns.map((column) => [table, column] as const)),
  )(
    'in %s.%s stops no verb',
    async (table, column) => {
      for (const number of NUMBERS) {
        const { broker, call, held } = await filled()
        write(`UPDATE ${table} SET ${column} = ${number}`)
        // The next queue is one that the store has not seen.
        await broker.queue('another', [newTask('a', { priority: 2 })])
        const { tasks } = await broker.settle(call(), held.map(done), 5).catch((error: unknown) => {
          // What belongs to a queue whose number is lost cannot be told from what belongs to none.
          if (table === 'queue' && column === 'id' && error instanceof LeaseLostError) return { tasks: held }
          throw error
        })
        expect(tasks.length).toBeGreaterThan(0)
        await useAll(broker)
        await broker.close()
        shared.renew()
      }
    },
    60_000,
  )

  it.each(['runs', 'crashes'])(
    'is also one that can be read, in %s of a task, and whose sum cannot',
    async (column) => {
      const { broker, call } = await filled()
      write(`UPDATE task SET ${column} = ${NUMBERS[4]} WHERE id = 'ready'`)
      await broker.queue(QUEUE, [newTask('good')])
      const { tasks } = await broker.settle(call(), [], 5)
      expect(tasks.map(({ id }) => id)).toEqual(['good'])
      expect((await broker.get(QUEUE, ['ready']))[0]?.header.status).toBe(FAILURE)
    },
  )

  it.each(['runs', 'crashes'])('ends a held task whose %s it is, and its worker goes on', async (column) => {
    for (const number of [NUMBERS[2], NUMBERS[4]]) {
      const { broker, call, held } = await filled()
      write(`UPDATE task SET ${column} = ${number} WHERE id = 'held'`)
      const { verdicts } = await broker.settle(call(), held.map(done), 0)
      expect(verdicts[1]).toBe('recorded')
      const [record] = await broker.get(QUEUE, ['held'])
      expect(record?.header.runs).toBeLessThan(2)
      await broker.close()
      shared.renew()
    }
  })

  it('in the last fence lets fences go on from the time', async () => {
    const { broker, call } = await filled()
    write(`UPDATE queue SET fence = ${NUMBERS[4]}`)
    const [task] = (await broker.settle(call(), [], 1)).tasks
    expect(task?.fence).toBeLessThan((Date.now() + 60_000) * 1_000)
    const [record] = await broker.get(QUEUE, ['ready'])
    expect(record?.header.status).toBe(STARTED)
  })

  it('leaves a batch with its worker where nothing but its marks are lost', async () => {
    const { broker, call, held } = await filled()
    write(`UPDATE batch SET changed = ${NUMBERS[0]}, suspect = ${NUMBERS[1]}, "left" = ${NUMBERS[2]}`)
    expect((await broker.settle(call(), held.map(done), 0)).verdicts).toEqual(['recorded', 'recorded'])
    expect(await broker.size(QUEUE)).toEqual({ ready: 1, delayed: 1, held: 0 })
  })

  it.each([NUMBERS[0], NUMBERS[4]])('in the last call of a lane, %s, has its worker join anew', async (number) => {
    const { broker, call } = await filled()
    write(`UPDATE worker SET seq_0 = ${number}`)
    await expect(broker.settle(call(), [], 1)).rejects.toThrow(LeaseLostError)
  })

  it.each(["'null'", "'{}'", "'[1]'", '\'{"verdicts":[],"claimed":[[1,2]]}\''])(
    'is missing in the last answer of a lane, %s: its worker joins anew',
    async (answer) => {
      const { broker, call } = await filled()
      const last = call()
      await broker.settle(last, [], 1)
      write(`UPDATE worker SET answer_0 = ${answer}`)
      await expect(broker.settle(last, [], 1)).rejects.toThrow(LeaseLostError)
    },
  )

  it('ends a task of which its inboxes and the listeners to task events hear, and which counts as failed', async () => {
    const { broker, call } = await filled()
    const heard: string[] = []
    await broker.openInbox('me', (notice) => {
      if (notice.kind === 'done')
        heard.push(...notice.tasks.map(({ id, record }) => `${id} ${String(record?.header.status)}`))
    })
    const events: string[] = []
    await broker.onTaskEvent((event, { header }) => {
      if (event === 'done') events.push(`${header.id} ${String(header.status)}`)
    })
    await broker.queue(QUEUE, [newTask('bad', { inbox: 'me' })])
    const { failed } = await broker.stats(QUEUE)
    write(`UPDATE task SET runs = ${NUMBERS[0]} WHERE id = 'bad'`)
    await broker.settle(call(), [], 5)
    await until('both notices', () => (heard.length > 0 && events.length > 0 ? true : undefined))
    expect([heard, events]).toEqual([[`bad ${String(FAILURE)}`], [`bad ${String(FAILURE)}`]])
    expect((await broker.stats(QUEUE)).failed).toBe(failed + 1)
  })

  it('is repaired in the key of a ready task, which runs', async () => {
    const { broker, call } = await filled()
    write(`UPDATE task SET seq = ${NUMBERS[2]} WHERE id = 'ready'`)
    expect((await broker.get(QUEUE, ['ready']))[0]?.header.status).toBe(QUEUED)
    expect((await broker.settle(call(), [], 5)).tasks.map(({ id }) => id)).toEqual(['ready'])
  })

  it.each(NUMBERS)('in a notice, %s, keeps no other notice from its process', async (number) => {
    const { broker } = await filled()
    const events: string[] = []
    await broker.onTaskEvent((event, { header }) => events.push(`${event} ${header.id}`))
    write(`INSERT INTO notice (seq, process, payload) SELECT ${number}, process, x'00' FROM receiver LIMIT 1`)
    await broker.queue(QUEUE, [newTask('a')])
    await until('the event', () => (events.includes('queued a') ? true : undefined))
  })

  it.each(['last', 'count', 'first', 'regressed'])(
    'in problem.%s keeps no problem from those who look',
    async (column) => {
      const { broker, call, held } = await filled()
      const problem = { id: 'p', error: 'Error', message: 'boom', version: null }
      await broker.settle(
        call(),
        held.slice(0, 1).map((task) => ({ ...done(task), status: FAILURE, problem })),
        0,
      )
      write(`UPDATE problem SET ${column} = ${NUMBERS[2]}`)
      await broker.settle(
        call(),
        held.slice(1).map((task) => ({ ...done(task), status: FAILURE, problem })),
        0,
      )
      expect(await broker.operations().problems(QUEUE)).toMatchObject([{ id: 'p' }])
    },
  )

  it.each(NUMBERS)(
    'in the last tick of a schedule, %s, has the schedule begin anew, and a pause stay',
    async (number) => {
      const { broker } = await filled()
      const tick = { job: 'job', at: Date.now(), schedule: 's', task: null, operation: 'o' }
      await broker.tick(QUEUE, { ...tick, expected: null })
      await broker.tick(QUEUE, { ...tick, job: 'paused', expected: null })
      await broker.operations().pauseSchedule(QUEUE, 'paused', { by: 'me', reason: null })
      write(`UPDATE tick SET last = ${number} WHERE job <> 'paused'`)
      expect((await broker.lastTicks(QUEUE, ['job'])).last).toEqual([null])
      expect(await broker.operations().schedules(QUEUE)).toMatchObject([{ job: 'paused', paused: { by: 'me' } }])
    },
  )

  it('in the answer of an act stops no act of that name', async () => {
    const { broker } = await filled()
    await broker.flush(QUEUE, 'flush')
    write(`UPDATE operation SET answer = ${NUMBERS[0]}`)
    expect(await broker.flush(QUEUE, 'flush')).toBe(0)
  })

  it.each(['slots', 'condemned'])('in lease.%s stops neither a look at the workers nor a reclaim', async (column) => {
    const { broker } = await filled()
    write(`UPDATE lease SET ${column} = ${NUMBERS[1]}, expires = 0`, 'leases.db')
    expect((await broker.operations().inspect(QUEUE)).workers).toMatchObject([{ id: 'w' }])
    write(`UPDATE lease SET ${column} = ${NUMBERS[1]}, expires = 0`, 'leases.db')
    await broker.reclaim(QUEUE, { crashCap: 3, outcome: 'crashed', ttl: 60_000, grace: 0 })
  })

  it.each(NUMBERS)('in the fence of a permit, %s, stops no lock', async (number) => {
    const permits = new EmbeddedPermitStore(shared.url)
    onTestFinished(async () => {
      await permits.close()
    })
    const request = { holder: '/a', max: 1 }
    const [first] = (await permits.acquire('lock', [request], 60_000, 0)).answers
    write(`UPDATE permit_fence SET last = ${number}; UPDATE permit SET fence = ${number}`, 'leases.db')
    expect(await permits.release('lock', '/a', first?.fence ?? 0, 1)).toMatchObject({ released: false })
    const [other] = (await permits.acquire('lock', [{ holder: '/b', max: 2 }], 60_000, 0)).answers
    expect(other?.fence).toBeLessThan((Date.now() + 60_000) * 1_000)
  })

  it('in metrics.db stops no look at what jobs have done, and no alert', async () => {
    const { broker } = await filled()
    const operations = broker.operations()
    const counts = { ...noCounts(), succeeded: 1 }
    const observe = async (seq: number): Promise<void> => {
      const jobs = new Map([['job', counts]])
      await operations.observe(QUEUE, { worker: 'w', seq, jobs, ended: ['over'], isComplete: true })
    }
    await observe(1)
    await operations.takeAlerts(['rule'], 'first', 1_000)
    const spoil = (): void => {
      for (const cell of ['total.succeeded_at', 'recent.sampled', 'observer.seq', 'alert.at']) {
        const [table, column] = cell.split('.')
        write(`UPDATE ${String(table)} SET ${String(column)} = ${NUMBERS[0]}`, 'metrics.db')
      }
    }
    spoil()
    expect(await operations.totals(QUEUE)).toMatchObject([{ job: 'job', lastSuccess: null }])
    spoil()
    expect((await operations.list(QUEUE, 'recent', null, 5)).records).toMatchObject([{ header: { id: 'over' } }])
    spoil()
    await observe(2)
    spoil()
    expect(await operations.takeAlerts(['rule'], 'first', 1_000)).toEqual([''])
  })
})
