import type {
  ActPlace,
  Attempt,
  Broker,
  ListedState,
  OperationsStore,
  Prefilter,
  Redrive,
  RestoredTask,
  SearchedPart,
  TaskRecord,
} from 'pulsar-queue'
import { FAILURE, QUEUED, REVOKED } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import type { BrokerFixture } from './broker-fixture.js'
import { done, first, retry, task, TestWorker } from './test-worker.js'

const EVERYWHERE: readonly ActPlace[] = ['ready', 'delayed', 'held', 'over']
const ANY: Prefilter = { jobs: null, tags: null, needles: [] }

export function describeOperations(at: BrokerFixture): void {
  describe('operations', () => {
    let broker: Broker
    let operations: OperationsStore
    let queue: string

    beforeEach(() => {
      ;({ broker, queue, operations } = at)
    })

    const listed = async (state: ListedState, limit = 100): Promise<string[]> => {
      const ids: string[] = []
      let cursor: string | null = null
      do {
        const page = await operations.list(queue, state, cursor, limit)
        expect(page.records.length).toBeLessThanOrEqual(limit)
        ids.push(...page.records.map(({ header }) => header.id))
        cursor = page.cursor
      } while (cursor !== null)
      return ids
    }

    const found = async (part: SearchedPart, filter: Partial<Prefilter> = {}): Promise<string[]> => {
      const ids = new Set<string>()
      let cursor: string | null = null
      do {
        const step = await operations.find(queue, part, { ...ANY, ...filter }, cursor)
        for (const id of step.ids) ids.add(id)
        cursor = step.cursor
      } while (cursor !== null)
      return [...ids].sort()
    }

    const redrive = (id: string, more: Partial<Redrive> = {}): Redrive => ({
      id,
      newId: `${id}~1`,
      body: null,
      delay: 0,
      ...more,
    })

    /** Tasks that have failed, in order. */
    const fail = async (...ids: string[]): Promise<void> => {
      const mine = await at.worker()
      await broker.queue(
        queue,
        ids.map((id) => task(id, { job: 'mail.send', tags: ['red', 'a b'] })),
      )
      for (const id of ids) {
        const claimed = first(await mine.claim(1))
        expect(claimed.id).toBe(id)
        await mine.settle([done(claimed, { status: FAILURE, outcome: '{"e":"no luck"}' })], 0)
      }
    }

    it('send an order to a worker that hears it, and tell where nobody does', async () => {
      expect(await operations.order(queue, 'nobody', 'x')).toBe(false)
      const [mine, other] = [await at.worker(), await at.worker()]
      const order = '{"act":"quiet","by":"ä"}'
      expect(await operations.order(queue, mine.id, order)).toBe(true)
      const notice = await until('the order', () => mine.notices.find(({ kind }) => kind === 'order'))
      expect(notice).toEqual({ kind: 'order', queue, order })
      expect(other.notices).toEqual([])
      expect(await operations.order(queue, 'nobody', order)).toBe(false)
    })

    it('look at a queue that the store has not seen, and do not create it', async () => {
      const look = await operations.inspect(queue)
      expect(look).toMatchObject({
        paused: false,
        sizes: { ready: 0, delayed: 0, held: 0 },
        failed: 0,
        ready: [],
        nextDue: null,
        workers: [],
        lost: [],
        suspects: 0,
      })
      expect(await listed('ready')).toEqual([])
      expect(await found('live')).toEqual([])
      expect(await found('ended')).toEqual([])
      expect(await operations.redrive(queue, [redrive('x')], 'op')).toEqual(['gone'])
      expect(await operations.drop(queue, ['x'], 'op 2', EVERYWHERE)).toEqual([false])
      expect(await operations.prioritize(queue, ['x'], 7, EVERYWHERE)).toEqual([false])
      expect(await operations.schedules(queue)).toEqual([])
    })

    it('look at a queue as a whole', async () => {
      const mine = await at.worker(3, 10_000)
      const [reply] = await broker.queue(queue, [
        task('a', { priority: 8 }),
        task('b', { priority: 8 }),
        task('c', { priority: 2 }),
        task('late', { delay: 60_000 }),
      ])
      await mine.claim(1)
      await broker.pause(queue)
      const look = await operations.inspect(queue)
      expect(look).toMatchObject({
        paused: true,
        sizes: { ready: 2, delayed: 1, held: 1 },
        failed: 0,
        stats: { queued: 4, succeeded: 0 },
        suspects: 0,
      })
      expect(look.ready.map(({ priority, count }) => [priority, count])).toEqual([
        [8, 1],
        [2, 1],
      ])
      expect(look.ready[0]?.oldest).toBe(reply?.queuedAt)
      expect(look.nextDue).toBeGreaterThan(look.now + 30_000)
      expect(look.workers).toMatchObject([{ id: mine.id, slots: 3, leaseTtl: 10_000, state: 'alive', held: 1 }])
      expect(look.workers[0]?.expiresIn).toBeGreaterThan(0)
    })

    it('list the tasks of a state in order, page by page, without their bodies', async () => {
      const mine = await at.worker()
      const tasks = [3, 8, 3, 8, 5].map((priority, i) => task(`r${String(i)}`, { priority, tags: ['red'] }))
      await broker.queue(queue, [...tasks, task('d1', { delay: 90_000 }), task('d2', { delay: 60_000 })])
      expect(await listed('ready', 2)).toEqual(['r1', 'r3', 'r4', 'r0', 'r2'])
      expect(await listed('delayed', 1)).toEqual(['d2', 'd1'])
      await mine.claim(3)
      expect(await listed('held', 1)).toEqual(['r1', 'r3', 'r4'])
      expect(await listed('ready')).toEqual(['r0', 'r2'])
      const page = await operations.list(queue, 'held', null, 10)
      expect(page.records[0]?.header).toMatchObject({ id: 'r1', job: 'job', tags: ['red'], worker: mine.id, runs: 1 })
      expect(page.records[0]?.body.length).toBe(0)
    })

    it('list a task that returned to its queue where it will run, and why its last run failed', async () => {
      const mine = await at.worker()
      await broker.queue(queue, [task('a'), task('b'), task('c')])
      const [a, b] = await mine.claim(2)
      if (!a || !b) throw new Error('expected two tasks')
      await mine.settle([{ kind: 'release', task: b, delay: 0 }, retry(a, 60_000)], 0)
      expect(await listed('ready', 1)).toEqual(['b', 'c'])
      const { records } = await operations.list(queue, 'delayed', null, 10)
      expect(records.map(({ header }) => [header.id, header.runs])).toEqual([['a', 1]])
      expect(String(records[0]?.outcome)).toBe('{"e":"no"}')
    })

    it('list failed and revoked tasks, the latest end first', async () => {
      await fail('a', 'b', 'c')
      await broker.queue(queue, [task('d')])
      await broker.revoke(queue, ['d'], '{"e":"revoked"}', 60_000)
      expect(await listed('failed', 2)).toHaveLength(4)
      expect((await listed('failed', 1)).sort()).toEqual(['a', 'b', 'c', 'd'])
      const { records } = await operations.list(queue, 'failed', null, 10)
      expect(records.map(({ header }) => header.status).sort()).toEqual([FAILURE, FAILURE, FAILURE, REVOKED])
      const failed = records.find(({ header }) => header.id === 'a')
      expect(failed?.header).toMatchObject({ job: 'mail.send', tags: ['red', 'a b'], runs: 1 })
      expect([String(failed?.outcome), failed?.body.length]).toEqual(['{"e":"no luck"}', 0])
      expect((await operations.inspect(queue)).failed).toBe(4)
    })

    it('find tasks by their job, their tags and what their values contain', async () => {
      await broker.queue(queue, [
        ...Array.from({ length: 300 }, (_, i) => task(`n${String(i)}`)),
        task('mail', { job: 'mail,send', body: '{"a":{"to":"Ann"}}', tags: ['a b', 'x'] }),
        task('pack', { job: 'mail,send', body: Buffer.from([0x81, 0xa1, 0x61, 0x2a]), delay: 60_000 }),
      ])
      expect(await found('live')).toHaveLength(302)
      expect(await found('live', { jobs: ['mail,send', 'other'] })).toEqual(['mail', 'pack'])
      expect(await found('live', { jobs: ['mail'] })).toEqual([])
      expect(await found('live', { tags: ['a b'] })).toEqual(['mail'])
      const ann = { anyOf: ['Ann', 'Anne'], isForJson: false }
      expect(await found('live', { needles: [ann] })).toEqual(['mail'])
      expect(await found('live', { needles: [ann, { anyOf: ['Bob'], isForJson: false }] })).toEqual([])
      expect(await found('live', { needles: [{ anyOf: ['Ann'], isForJson: true }] })).toEqual(['mail', 'pack'])
      expect(await found('failed')).toEqual([])
    })

    it('find finished tasks, and those that failed', async () => {
      await fail('a', 'b')
      const mine = await at.worker()
      await broker.queue(queue, [task('good')])
      await mine.settle([done(first(await mine.claim(1)))], 0)
      await broker.queue(queue, [task('live')])
      expect(await found('ended')).toEqual(['a', 'b', 'good'])
      expect(await found('ended', { jobs: ['mail.send'] })).toEqual(['a', 'b'])
      expect(await found('ended', { needles: [{ anyOf: ['no luck'], isForJson: false }] })).toEqual(['a', 'b'])
      expect(await found('failed')).toEqual(['a', 'b'])
    })

    it('queue a failed task once more, under a new id and once', async () => {
      await fail('a', 'b')
      const tasks = [redrive('a'), redrive('b', { body: '{"new":1}', delay: 60_000 }), redrive('other')]
      expect(await operations.redrive(queue, tasks, `redrive ${queue}`)).toEqual(['queued', 'queued', 'gone'])
      const [a, b, old] = await broker.get(queue, ['a~1', 'b~1', 'a'])
      expect(a?.header).toMatchObject({ status: QUEUED, runs: 0, job: 'mail.send', tags: ['red', 'a b'], priority: 4 })
      expect(String(a?.body)).toBe('{"n":"a"}')
      expect(String(b?.body)).toBe('{"new":1}')
      expect((b?.header.dueAt ?? 0) - (b?.header.queuedAt ?? 0)).toBe(60_000)
      expect(old?.header.status).toBe(FAILURE)
      expect(await listed('failed')).toEqual([])
      expect((await operations.inspect(queue)).failed).toBe(0)
      expect(await operations.redrive(queue, tasks.slice(0, 2), `again ${queue}`)).toEqual(['known', 'known'])
      expect(await operations.redrive(queue, [redrive('a', { newId: 'a~2' })], `more ${queue}`)).toEqual(['gone'])
      const mine = await at.worker()
      expect((await mine.claim(5)).map(({ id, run }) => [id, run])).toEqual([['a~1', 1]])
    })

    it('do not queue a task once more that has not failed', async () => {
      const mine = await at.worker()
      await broker.queue(queue, [task('good'), task('held'), task('ready')])
      const [good] = await mine.claim(2)
      if (!good) throw new Error('expected a task')
      await mine.settle([done(good)], 0)
      const tasks = ['good', 'held', 'ready'].map((id) => redrive(id))
      expect(await operations.redrive(queue, tasks, `redrive ${queue}`)).toEqual(['gone', 'gone', 'gone'])
    })

    it('wake a worker for a task that runs once more', async () => {
      await fail('a')
      const mine = await at.worker()
      expect(await mine.claim(1)).toEqual([])
      mine.notices.length = 0
      await operations.redrive(queue, [redrive('a')], `redrive ${queue}`)
      await mine.woken()
    })

    it('delete tasks that wait and finished records, and leave held tasks alone', async () => {
      await fail('f')
      const mine = await at.worker()
      await broker.queue(queue, [task('held'), task('a'), task('b'), task('late', { delay: 60_000 })])
      await mine.claim(1)
      const ids = ['f', 'held', 'a', 'late', 'other']
      expect(await operations.drop(queue, ids, `drop ${queue}`, EVERYWHERE)).toEqual([true, false, true, true, false])
      expect(await broker.size(queue)).toEqual({ ready: 1, delayed: 0, held: 1 })
      expect(await listed('failed')).toEqual([])
      expect((await mine.claim(5)).map(({ id }) => id)).toEqual(['b'])
      await broker.queue(queue, [task('a', { checkDuplicate: true })])
      expect((await mine.claim(5)).map(({ id }) => id)).toEqual(['a'])
    })

    it('end tasks that wait as REVOKED, and leave held tasks alone', async () => {
      const mine = await at.worker()
      await broker.queue(queue, [task('held'), task('a'), task('late', { delay: 60_000 })])
      await mine.claim(1)
      const ids = ['held', 'a', 'late', 'other']
      for (let twice = 0; twice < 2; twice++) {
        expect(await broker.revoke(queue, ids, '{"e":"moved"}', 60_000, ['ready', 'delayed'])).toEqual([
          false,
          true,
          true,
          false,
        ])
      }
      const [held, a] = await broker.get(queue, ['held', 'a'])
      expect(held?.header.endedAt).toBe(0)
      expect([a?.header.status, String(a?.outcome)]).toEqual([REVOKED, '{"e":"moved"}'])
      expect(await broker.size(queue)).toEqual({ ready: 0, delayed: 0, held: 1 })
      expect(await mine.claim(5)).toEqual([])
    })

    it('move tasks that wait to another queue, each once, and leave held tasks alone', async () => {
      const to = `${queue} slow`
      const mine = await at.worker()
      await broker.queue(queue, [
        task('held'),
        task('a', { tags: ['red'], body: '{"n":1}' }),
        task('late', { delay: 60_000 }),
      ])
      await mine.claim(1)
      const move = async (ids: string[], outcome: string): Promise<readonly boolean[]> => {
        const moves = ids.map((id) => ({ id, newId: `${id}-${outcome.length.toString()}` }))
        return await operations.move(queue, moves, to, outcome, 60_000, ['ready', 'delayed'])
      }
      const both = await Promise.all([move(['a', 'late'], '{"e":"x"}'), move(['a', 'late'], '{"e":"second"}')])
      expect(both.flat().filter(Boolean)).toHaveLength(2)
      const ours = both[0][0] === true ? '{"e":"x"}' : '{"e":"second"}'
      expect(await move(['a', 'late', 'held', 'other'], ours)).toEqual([true, true, false, false])
      expect(await broker.size(queue)).toEqual({ ready: 0, delayed: 0, held: 1 })
      expect(await broker.size(to)).toEqual({ ready: 1, delayed: 1, held: 0 })
      const [moved] = await broker.get(to, [`a-${String(ours.length)}`])
      expect(moved?.header).toMatchObject({ job: 'job', tags: ['red'], status: QUEUED })
      expect(String(moved?.body)).toBe('{"n":1}')
      const [old] = await broker.get(queue, ['a'])
      expect([old?.header.status, String(old?.outcome)]).toEqual([REVOKED, ours])
      expect(await listed('failed')).toEqual([])
      expect(await operations.redrive(queue, [redrive('a')], `redrive ${queue}`)).toEqual(['gone'])
      expect(await operations.finishMoves(queue)).toBe(0)
    })

    it('restore tasks as another store had them, each once', async () => {
      const mine = await at.worker()
      await broker.queue(queue, [task('f', { tags: ['a b'] }), task('s'), task('r')])
      await broker.queue(queue, [task('late', { delay: 60_000, priority: 9 })])
      const [f, s, r] = await mine.claim(3)
      if (!f || !s || !r) throw new Error('expected three tasks')
      const attempt: Attempt = { run: 1, startedAt: 5, endedAt: 6, worker: 'w ä', error: 'no, "never"' }
      await broker.progress(queue, mine.id, [{ id: s.id, fence: s.fence, progress: '{"p":1}' }])
      const ends = [retry(f, 0, attempt), done(s, { outcome: '{"r":"ä"}' }), retry(r, 0, attempt)]
      const [again] = (await mine.settle(ends, 1)).tasks
      if (again?.id !== 'f') throw new Error('expected f again')
      await mine.settle([done(again, { status: FAILURE, outcome: Buffer.from([0xc1, 0, 0x0a]) })], 0)
      const ids = ['f', 's', 'r', 'late']
      const before = await broker.get(queue, ids)
      const other = `${queue} other`
      const restored = before.map((record) => restoredTask(record, other))
      expect(await operations.restore(other, restored)).toEqual([true, true, true, true])
      expect(await operations.restore(other, restored)).toEqual([false, false, false, false])
      const after = await broker.get(other, ids)
      expect(after.map(comparable)).toEqual(before.map(comparable))
      expect(await broker.size(other)).toEqual({ ready: 1, delayed: 1, held: 0 })
      const failed = await operations.list(other, 'failed', null, 10)
      expect(failed.records.map(({ header }) => header.id)).toEqual(['f'])
      // They are live and over like any others.
      const theirs = await new TestWorker(await at.open(), other).join()
      expect((await theirs.claim(5)).map(({ id, run }) => [id, run])).toEqual([['r', 2]])
      const verdicts = await operations.redrive(other, [redrive('f'), redrive('s')], `redrive ${queue}`)
      expect(verdicts).toEqual(['queued', 'gone'])
    })

    it('restore a failed task that was retried so that it is not retried once more', async () => {
      await fail('a')
      const other = `${queue} other`
      const [record = null] = await broker.get(queue, ['a'])
      await operations.restore(other, [{ ...restoredTask(record, other), isListed: false }])
      expect((await operations.inspect(other)).failed).toBe(0)
      expect(await operations.redrive(other, [redrive('a')], `redrive ${queue}`)).toEqual(['gone'])
    })

    it('give waiting tasks another priority, behind those that have it', async () => {
      const mine = await at.worker()
      await broker.queue(queue, [task('a'), task('b'), task('held', { priority: 9 })])
      await broker.queue(queue, [task('late', { delay: 60_000 }), task('c')])
      await mine.claim(1)
      const ids = ['b', 'held', 'late', 'a', 'other']
      expect(await operations.prioritize(queue, ids, 9, EVERYWHERE)).toEqual([true, false, true, true, false])
      expect(await listed('ready')).toEqual(['b', 'a', 'c'])
      expect(await broker.size(queue)).toEqual({ ready: 3, delayed: 1, held: 1 })
      expect(await broker.promote(queue, ['late'])).toEqual([true])
      expect((await mine.claim(9)).map(({ id }) => id)).toEqual(['late', 'b', 'a', 'c'])
    })

    describe('pass by tasks that stand elsewhere by then', () => {
      const ids = ['over', 'held', 'ready', 'late']
      const sizes = { ready: 1, delayed: 1, held: 1 }

      beforeEach(async () => {
        await fail('over')
        const mine = await at.worker()
        await broker.queue(queue, [task('held'), task('ready'), task('late', { delay: 60_000 })])
        await mine.claim(1)
      })

      it.each<[ActPlace[], boolean[]]>([
        [['delayed'], [false, false, false, true]],
        [['ready'], [false, false, true, false]],
        [['over'], [true, false, false, false]],
        [['held'], [false, false, false, false]],
      ])('drop, at %j', async (places, expected) => {
        expect(await operations.drop(queue, ids, `drop ${queue}`, places)).toEqual(expected)
        const left = await broker.get(queue, ids)
        expect(left.map((record) => record === null)).toEqual(expected)
      })

      it.each<[ActPlace[], boolean[]]>([
        [['delayed'], [false, false, false, true]],
        [['ready'], [false, false, true, false]],
        [['held'], [false, true, false, false]],
        [['over'], [false, false, false, false]],
      ])('revoke, at %j', async (places, expected) => {
        expect(await broker.revoke(queue, ids, '{"e":"x"}', 60_000, places)).toEqual(expected)
        const ends = await broker.get(queue, ids)
        expect(ends.map((record) => record?.header.status === REVOKED)).toEqual(expected)
      })

      it.each<[ActPlace[], boolean[]]>([
        [['delayed'], [false, false, false, true]],
        [['ready'], [false, false, true, false]],
        [['over'], [false, false, false, false]],
      ])('end what waits and give another priority, at %j', async (places, expected) => {
        expect(await operations.prioritize(queue, ids, 7, places)).toEqual(expected)
        const records = await broker.get(queue, ids)
        expect(records.map((record) => record?.header.priority === 7)).toEqual(expected)
        expect(await broker.size(queue)).toEqual(sizes)
        expect(await broker.revoke(queue, ids, '{"e":"y"}', 60_000, places)).toEqual(expected)
      })

      it('promote, and do not count what a worker holds', async () => {
        expect(await broker.promote(queue, ids, ['ready', 'over'])).toEqual([false, false, false, false])
        expect(await broker.size(queue)).toEqual(sizes)
        expect(await broker.promote(queue, ids, ['delayed'])).toEqual([false, false, false, true])
      })
    })

    it('keep the acts of operators, the latest first, and an operation once', async () => {
      const entry = { at: 0, act: 'retry', by: 'ada', from: 'cli', target: 'x', done: 1, skipped: 0, reason: null }
      await operations.note({ ...entry, operation: `one ${queue}` })
      await operations.note({ ...entry, operation: `two ${queue}`, act: 'drop' })
      await operations.note({ ...entry, operation: `two ${queue}`, act: 'drop', done: 2 })
      const [last, before] = await operations.audit(2)
      expect(last).toMatchObject({ operation: `two ${queue}`, act: 'drop', done: 2 })
      expect(before).toMatchObject({ ...entry, operation: `one ${queue}`, at: expect.any(Number) as number })
      expect(last?.at).toBeGreaterThan(0)
      expect(await operations.audit(1)).toHaveLength(1)
    })

    it('give the turn of a rule of alerts to one, with what the last turn has left', async () => {
      const [one, two] = [`one ${queue}`, `two ${queue}`]
      const kept = 'ä\n{"x": 1}'
      expect(await operations.takeAlerts([one, two], 'a', 60_000)).toEqual(['', ''])
      expect(await operations.keepAlert(one, 'a', kept)).toBe(true)
      expect(await operations.takeAlerts([one, two, `three ${queue}`], 'b', 60_000)).toEqual([null, null, ''])
      expect(await operations.keepAlert(one, 'b', 'other')).toBe(false)
      expect(await operations.keepAlert(`none ${queue}`, 'a', 'other')).toBe(false)
      // A call that is sent again.
      expect(await operations.takeAlerts([one, two], 'a', 60_000)).toEqual([kept, ''])
      expect(await operations.takeAlerts([one, two], 'c', 0)).toEqual([kept, ''])
      expect(await operations.keepAlert(one, 'a', 'late')).toBe(false)
      const turns = await Promise.all(
        Array.from(
          { length: 10 },
          async (_, i) => await operations.takeAlerts([`four ${queue}`], `t${String(i)}`, 60_000),
        ),
      )
      expect(turns.flat().filter((state) => state !== null)).toEqual([''])
    })

    it('tell of workers that have died of late', async () => {
      const mine = await at.worker(1, 1)
      await broker.queue(queue, [task('a')])
      await at.condemned(mine)
      await until('its burial', async () => ((await operations.inspect(queue)).workers.length === 0 ? true : undefined))
      const { lost, now } = await operations.inspect(queue)
      expect(lost).toEqual([{ id: mine.id, at: expect.any(Number) as number }])
      expect(Math.abs(now - (lost[0]?.at ?? 0))).toBeLessThan(10_000)
    })

    it('list the schedules of a queue', async () => {
      const tick = { job: 'report', expected: null, at: 5_000, schedule: 'every 5m', task: null, operation: 'op' }
      await broker.tick(queue, tick)
      expect(await operations.schedules(queue)).toEqual([{ job: 'report', at: 5_000, schedule: 'every 5m' }])
    })
  })
}

function restoredTask(record: TaskRecord | null, queue: string): RestoredTask {
  if (record === null) throw new Error('expected a record')
  const isOver = record.header.endedAt > 0
  return { record: { ...record, header: { ...record.header, queue } }, isOver, isListed: true, ttl: 60_000 }
}

/** What must be the same in both stores. */
function comparable(record: TaskRecord | null): unknown {
  if (record === null) return null
  const { header, body, outcome, progress, attempts } = record
  const bytes = [body, outcome, progress].map((value) => value && Buffer.from(value).toString('latin1'))
  // When a run that has ended began matters where it was the last one.
  const { queue: _queue, startedAt, ...rest } = header
  return [rest, header.endedAt > 0 && startedAt, bytes, attempts]
}
