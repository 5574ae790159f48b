import type {
  Broker,
  ClaimedTask,
  LaneCall,
  NewTask,
  Settlement,
  ReclaimOptions,
  SettleReply,
  WorkerNotice,
} from 'pulsar-queue'
import { FAILURE, QUEUED, RETRY, REVOKED, STARTED, SUCCESS } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../support/until.js'

/** A store, as the suite sees it. */
export interface BrokerStore {
  /** Another client of it: what another process would have. Not connected yet. */
  open(): Broker
  dispose(): Promise<void>
}

const bytes = (value: string | Uint8Array): Buffer => Buffer.from(value as string)
const RECLAIM: ReclaimOptions = { crashCap: 3, outcome: '{"e":"crashed"}', ttl: 60_000, grace: 20 }
let names = 0

/** One worker of a queue, and what it was told. */
class TestWorker {
  readonly id = `worker-${String(++names)}`
  readonly notices: WorkerNotice[] = []
  seq = 0

  constructor(
    readonly broker: Broker,
    readonly queue: string,
  ) {}

  async join(slots = 10, leaseTtl = 10_000): Promise<this> {
    await this.broker.openWorker(this.id, (notice) => this.notices.push(notice))
    expect(await this.broker.join(this.queue, { id: this.id, slots, leaseTtl })).toBe('held')
    return this
  }

  call(): LaneCall {
    return { queue: this.queue, worker: this.id, lane: 0, seq: ++this.seq }
  }

  async settle(settlements: readonly Settlement[], max: number): Promise<SettleReply> {
    return await this.broker.settle(this.call(), settlements, max)
  }

  async claim(max: number): Promise<readonly ClaimedTask[]> {
    return (await this.settle([], max)).tasks
  }

  async woken(): Promise<void> {
    await until('a wake', () => (this.notices.some(({ kind }) => kind === 'wake') ? true : undefined))
    this.notices.length = 0
  }
}

const task = (id: string, more: Partial<NewTask> = {}): NewTask => ({
  id,
  body: `{"n":"${id}"}`,
  priority: 4,
  delay: 0,
  inbox: null,
  checkDuplicate: false,
  ...more,
})
const done = ({ id, fence }: ClaimedTask, more: object = {}): Settlement => ({
  kind: 'done',
  id,
  fence,
  status: SUCCESS,
  outcome: '{"r":1}',
  ttl: 60_000,
  ...more,
})
const retry = ({ id, fence }: ClaimedTask, delay = 0): Settlement => ({
  kind: 'retry',
  id,
  fence,
  delay,
  outcome: '{"e":"no"}',
})
const release = ({ id, fence }: ClaimedTask, delay = 0): Settlement => ({ kind: 'release', id, fence, delay })
const first = <T>(list: readonly T[]): T => {
  const [head] = list
  if (head === undefined) throw new Error('expected at least one')
  return head
}
const ids = (tasks: readonly { readonly id: string }[]): string[] => tasks.map(({ id }) => id)

/** What every broker must do, as its contract says. Knows none of them. */
export function describeBroker(name: string, make: () => Promise<BrokerStore>): void {
  describe(`a broker on ${name}`, () => {
    let store: BrokerStore
    let broker: Broker
    let queue: string
    const opened: Broker[] = []

    const open = async (): Promise<Broker> => {
      const another = store.open()
      opened.push(another)
      await another.connect()
      return another
    }
    const worker = async (slots?: number, leaseTtl?: number): Promise<TestWorker> =>
      await new TestWorker(await open(), queue).join(slots, leaseTtl)
    const status = async (id: string): Promise<number | undefined> => (await broker.get(queue, [id]))[0]?.header.status
    /** Reclaims until the worker is condemned: its lease must run out, and two looks be taken. */
    const condemned = async (dead: TestWorker) =>
      await until(`${dead.id} to be condemned`, async () => {
        const reply = await broker.reclaim(queue, RECLAIM)
        return reply.condemned.includes(dead.id) ? reply : undefined
      })

    beforeAll(async () => {
      store = await make()
    })
    afterAll(async () => {
      await store.dispose()
    })
    beforeEach(async () => {
      queue = `queue ${String(++names)} {ä}`
      broker = await open()
    })
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close()
    })

    describe('queueing and claiming', () => {
      it('hands tasks out first in, first out, higher priorities before', async () => {
        const tasks = ['a', 'b', 'c'].map((id) => task(id))
        const replies = await broker.queue(queue, [
          ...tasks,
          task('high', { priority: 9 }),
          task('low', { priority: 0 }),
        ])
        expect(replies.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 5 }, () => 'queued'))
        const mine = await worker()
        expect(ids(await mine.claim(2))).toEqual(['high', 'a'])
        expect(ids(await mine.claim(10))).toEqual(['b', 'c', 'low'])
      })

      it('carries ids, bodies and outcomes as they are', async () => {
        const id = 'ä 日本 {x}:1'
        const body = new Uint8Array([0, 255, 10, 13, 128, 0])
        const large = Buffer.alloc(1024 * 1024, 7)
        await broker.queue(queue, [task(id, { body }), task('large', { body: large })])
        const mine = await worker()
        const claimed = await mine.claim(2)
        expect(claimed.map((each) => [each.id, bytes(each.body).equals(bytes(each.id === id ? body : large))])).toEqual(
          [
            [id, true],
            ['large', true],
          ],
        )
        await mine.settle([done(first(claimed), { outcome: body })], 0)
        const [record] = await broker.get(queue, [id])
        expect([...(record?.body ?? []), ...(record?.outcome ?? [])]).toEqual([...body, ...body])
      })

      it('tells when a delayed task is due, and hands it out then', async () => {
        const mine = await worker()
        // Long enough for the call after it to come before it is due, also on a busy machine.
        await broker.queue(queue, [task('late', { delay: 1_000 })])
        const { tasks, nextDue } = await mine.settle([], 1)
        expect(tasks).toEqual([])
        expect(nextDue).toBeGreaterThan(0)
        expect(nextDue).toBeLessThanOrEqual(1_000)
        const late = await until('the delay', async () => (await mine.claim(1))[0])
        expect(late.dueAt - late.queuedAt).toBe(1_000)
        expect(late.claimedAt).toBeGreaterThanOrEqual(late.dueAt)
      })

      it('promotes delayed tasks to the head of the queue, in order, and wakes a worker', async () => {
        const idle = await worker()
        await idle.claim(1)
        await broker.queue(queue, [task('a', { delay: 60_000 }), task('b', { delay: 60_000 })])
        idle.notices.length = 0
        expect(await broker.promote(queue, ['a', 'nobody', 'b'])).toEqual([true, false, true])
        await idle.woken()
        await broker.queue(queue, [task('c')])
        expect((await idle.claim(5)).map(({ id }) => id)).toEqual(['a', 'b', 'c'])
        // Its worker may be about to delay it.
        expect(await broker.promote(queue, ['a'])).toEqual([true])
        await broker.queue(queue, [task('ready')])
        expect(await broker.promote(queue, ['ready'])).toEqual([false])
        expect(await broker.promote(`${queue} unknown`, ['a'])).toEqual([false])
      })

      it('knows an id again, live or finished, and queues nothing then', async () => {
        const mine = await worker()
        await broker.queue(queue, [task('mine', { checkDuplicate: true })])
        const live = first(await broker.queue(queue, [task('mine', { checkDuplicate: true, body: 'other' })]))
        expect([live.verdict, live.record]).toEqual(['duplicate', null])
        const claimed = first(await mine.claim(5))
        await mine.settle([done(claimed)], 0)
        const over = first(await broker.queue(queue, [task('mine', { checkDuplicate: true })]))
        expect([over.verdict, over.record?.header.status]).toEqual(['duplicate', SUCCESS])
        expect(over.queuedAt).toBe(claimed.queuedAt)
        expect(await mine.claim(5)).toEqual([])
      })

      it('takes 1,200 tasks in one call, and none in an empty one', async () => {
        const many = Array.from({ length: 1_200 }, (_, i) => task(`t${String(i)}`))
        expect(await broker.queue(queue, [])).toEqual([])
        expect((await broker.queue(queue, many)).every(({ verdict }) => verdict === 'queued')).toBe(true)
        expect(await broker.size(queue)).toEqual({ ready: 1_200, delayed: 0, held: 0 })
        expect(ids(await (await worker()).claim(1_200))).toEqual(ids(many))
      })

      it('gives two workers 2,000 tasks, none twice and none lost', async () => {
        const all = Array.from({ length: 2_000 }, (_, i) => task(`t${String(i)}`))
        await broker.queue(queue, all)
        const seen: string[] = []
        const drain = async (mine: TestWorker): Promise<void> => {
          for (let settlements: Settlement[] = []; ;) {
            const { tasks } = await mine.settle(settlements, 37)
            seen.push(...ids(tasks))
            if (tasks.length === 0) return
            settlements = tasks.map((each) => done(each))
          }
        }
        await Promise.all([drain(await worker()), drain(await worker())])
        expect(seen.sort()).toEqual(ids(all).sort())
        expect(await broker.size(queue)).toEqual({ ready: 0, delayed: 0, held: 0 })
        expect((await broker.stats(queue)).succeeded).toBe(2_000)
      })
    })

    describe('ticks', () => {
      it('are taken once, and queue their task with them', async () => {
        expect(await broker.lastTicks(queue, ['a', 'b'])).toMatchObject({ last: [null, null] })
        const first = await broker.tick(queue, { job: 'a', expected: null, at: 1_000, task: null })
        expect(first).toMatchObject({ queued: false, last: 1_000 })
        expect(Math.abs(first.now - Date.now())).toBeLessThan(5_000)
        const tick = { job: 'a', expected: 1_000, at: 2_000, task: task('t1') }
        expect(await broker.tick(queue, tick)).toMatchObject({ queued: true, last: 2_000 })
        expect(await broker.tick(queue, tick)).toMatchObject({ queued: true, last: 2_000 })
        expect(await broker.tick(queue, { ...tick, task: task('t2') })).toMatchObject({ queued: false, last: 2_000 })
        expect(await broker.tick(queue, { ...tick, expected: null })).toMatchObject({ last: 2_000 })
        expect(await broker.tick(queue, { ...tick, at: 3_000, task: task('t3') })).toMatchObject({
          queued: false,
          last: 2_000,
        })
        expect(await broker.lastTicks(queue, ['b', 'a'])).toMatchObject({ last: [null, 2_000] })
        expect(await broker.size(queue)).toMatchObject({ ready: 1 })
        expect(await broker.stats(queue)).toMatchObject({ queued: 1 })
      })

      it('wake an idle worker, and of many schedulers one takes each', async () => {
        const idle = await worker()
        await idle.claim(1)
        const other = await open()
        const takers = await Promise.all(
          Array.from({ length: 20 }, async (_, i) => {
            const by = i % 2 === 0 ? broker : other
            return await by.tick(queue, { job: 'a', expected: null, at: 5_000, task: task(`t${String(i)}`) })
          }),
        )
        expect(takers.filter(({ queued }) => queued)).toHaveLength(1)
        expect(takers.every(({ last }) => last === 5_000)).toBe(true)
        await idle.woken()
        expect(await idle.claim(5)).toHaveLength(1)
      })
    })

    describe('settling', () => {
      it('refuses an outcome of a task that was handed back under the same fence', async () => {
        await broker.queue(queue, [task('a')])
        const one = await worker()
        const claim = first(await one.claim(1))
        expect((await one.settle([release(claim)], 0)).verdicts).toEqual(['recorded'])
        expect((await one.settle([done(claim)], 0)).verdicts).toEqual(['stale'])
        expect(await status('a')).toBe(QUEUED)
      })

      it('writes a task once, whatever else the same call says of it', async () => {
        for (const [i, pair] of [
          [release, done],
          [release, retry],
          [release, release],
          [done, done],
        ].entries()) {
          const id = `twice-${String(i)}`
          await broker.queue(queue, [task(id)])
          const one = await worker()
          const claim = first(await one.claim(1))
          const before = await broker.stats(queue)
          await one.settle(
            pair.map((say) => say(claim)),
            0,
          )
          const ends = (await broker.stats(queue)).succeeded - before.succeeded
          const again = await (await worker()).claim(5)
          expect(ends + again.length, `of ${id}, ends and starts that follow`).toBe(1)
          await broker.revoke(queue, [id], '{}', 1)
        }
      })

      it('answers a call that is sent again as before, and acts once', async () => {
        const mine = await worker()
        await broker.queue(queue, [task('a'), task('b')])
        const claim = mine.call()
        const once = await mine.broker.settle(claim, [], 1)
        expect(await mine.broker.settle(claim, [], 1)).toMatchObject({ tasks: once.tasks })
        const call = mine.call()
        const settlements = [retry(first(once.tasks))]
        const settled = await mine.broker.settle(call, settlements, 1)
        const again = await mine.broker.settle(call, settlements, 1)
        expect(again.verdicts).toEqual(['recorded'])
        expect(again.tasks).toEqual(settled.tasks)
        expect((await broker.stats(queue)).retried).toBe(1)
        expect((await broker.size(queue)).held).toBe(1)
        await expect(mine.broker.settle(claim, [], 1)).rejects.toMatchObject({ code: 'PQ_STALE_CALL' })
      })

      it('refuses a worker without a lease', async () => {
        const stranger = new TestWorker(broker, queue)
        await broker.queue(queue, [task('a')])
        await expect(stranger.claim(1)).rejects.toMatchObject({ code: 'PQ_LEASE_LOST' })
        expect((await broker.size(queue)).ready).toBe(1)
      })

      it('counts an outcome against its fence only: recorded, stale, unknown', async () => {
        const mine = await worker()
        const other = await worker()
        await broker.queue(queue, [task('a')])
        const before = first(await mine.claim(1))
        await mine.settle([release(before)], 0)
        const after = first(await other.claim(1))
        expect(after.fence).toBeGreaterThan(before.fence)
        expect((await mine.settle([done(before)], 0)).verdicts).toEqual(['stale'])
        expect((await other.settle([done(after)], 0)).verdicts).toEqual(['recorded'])
        expect((await other.settle([done(after)], 0)).verdicts).toEqual(['recorded'])
        expect((await mine.settle([done({ ...before, id: 'never' })], 0)).verdicts).toEqual(['unknown'])
        expect((await broker.stats(queue)).succeeded).toBe(1)
      })

      it('counts the runs of a retried task, and delays it', async () => {
        const mine = await worker()
        await broker.queue(queue, [task('a'), task('b')])
        const claimed = first(await mine.claim(1))
        expect(claimed.run).toBe(1)
        await mine.settle([retry(claimed, 80)], 0)
        const [waiting] = await broker.get(queue, ['a'])
        expect([waiting?.header.status, waiting?.header.runs, String(waiting?.outcome)]).toEqual([
          RETRY,
          1,
          '{"e":"no"}',
        ])
        expect(ids(await mine.claim(1))).toEqual(['b'])
        expect((await until('the retry', async () => (await mine.claim(1))[0])).run).toBe(2)
      })

      it('puts released tasks at the head of the queue, in order, and counts no run', async () => {
        const mine = await worker()
        await broker.queue(
          queue,
          ['a', 'b', 'c'].map((id) => task(id)),
        )
        const claimed = await mine.claim(2)
        await mine.settle(
          claimed.map((each) => release(each)),
          0,
        )
        const again = await mine.claim(3)
        expect(again.map(({ id, run }) => [id, run])).toEqual([
          ['a', 1],
          ['b', 1],
          ['c', 1],
        ])
      })

      it('hands back what a worker holds when it leaves', async () => {
        const mine = await worker()
        await broker.queue(queue, [task('a'), task('b')])
        await mine.claim(2)
        await mine.broker.leave(queue, mine.id)
        await expect(mine.claim(1)).rejects.toMatchObject({ code: 'PQ_LEASE_LOST' })
        expect(ids(await (await worker()).claim(2))).toEqual(['a', 'b'])
      })

      it('tells what is held, and stores progress of that only', async () => {
        const mine = await worker()
        await broker.queue(queue, [task('a')])
        const { id, fence } = first(await mine.claim(1))
        const stale = { id, fence: fence - 1 }
        expect(await mine.broker.held(queue, mine.id, [{ id, fence }, stale])).toEqual([true, false])
        const progress = '{"p":0.5}'
        expect(await mine.broker.progress(queue, mine.id, [{ ...stale, progress: '{"p":9}' }])).toEqual([false])
        expect(await mine.broker.progress(queue, mine.id, [{ id, fence, progress }])).toEqual([true])
        const [record] = await broker.get(queue, ['a'])
        expect([record?.header.status, record?.header.worker, String(record?.progress)]).toEqual([
          STARTED,
          mine.id,
          progress,
        ])
      })
    })

    describe('leases', () => {
      it('are renewed while they are held, and never come back', async () => {
        const mine = await worker(10, 60)
        expect(await mine.broker.renew(queue, mine.id)).toBe('held')
        expect(await mine.broker.renew(queue, 'nobody')).toBe('lost')
        await condemned(mine)
        expect(await mine.broker.renew(queue, mine.id)).toBe('lost')
        await expect(mine.claim(1)).rejects.toMatchObject({ code: 'PQ_LEASE_LOST' })
      })

      it('take two looks to be given up, and a renewal in between saves them', async () => {
        const mine = await worker(10, 40)
        await until('the first look', async () =>
          (await broker.reclaim(queue, { ...RECLAIM, grace: 60_000 })).more ? true : undefined,
        )
        expect(await mine.broker.renew(queue, mine.id)).toBe('held')
        expect((await broker.reclaim(queue, { ...RECLAIM, grace: 0 })).condemned).toEqual([])
        expect(await mine.broker.renew(queue, mine.id)).toBe('held')
      })

      it('leave tasks that go back to the head in order, and refuse what their worker says later', async () => {
        const mine = await worker(2, 50)
        await broker.queue(
          queue,
          ['a', 'b', 'c', 'd', 'e'].map((id) => task(id)),
        )
        const claimed = await mine.claim(4)
        const { requeued } = await condemned(mine)
        expect(requeued).toBe(4)
        await expect(mine.settle([done(first(claimed))], 0)).rejects.toMatchObject({ code: 'PQ_LEASE_LOST' })
        const seen: string[] = []
        const other = await worker()
        for (let settlements: Settlement[] = []; seen.length < 5;) {
          const { tasks } = await other.settle(settlements, 10)
          // What ran in a process that died runs alone.
          if (tasks.some(({ id }) => id === 'a' || id === 'b')) expect(tasks).toHaveLength(1)
          seen.push(...ids(tasks))
          settlements = tasks.map((each) => done(each))
        }
        expect(seen.sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
      })

      it('blame the task that ran alone, and end it at the cap; neighbours keep their count', async () => {
        await broker.queue(queue, [task('poison', { inbox: 'me' })])
        const ends: string[] = []
        await broker.openInbox('me', (notice) => {
          if (notice.kind === 'done') ends.push(...notice.tasks.map(({ id }) => id))
        })
        for (let crash = 1; crash <= 3; crash++) {
          const mine = await worker(1, 40)
          const claimed = first(await mine.claim(1))
          expect([claimed.run, claimed.crashes]).toEqual([1, crash - 1])
          const { failed } = await condemned(mine)
          expect(failed).toEqual(crash === 3 ? ['poison'] : [])
        }
        await until('the end', () => (ends.length === 1 ? true : undefined))
        const [record] = await broker.get(queue, ['poison'])
        expect([record?.header.status, String(record?.outcome)]).toEqual([FAILURE, RECLAIM.outcome])
        await broker.queue(queue, [task('x'), task('y')])
        const pair = await worker(2, 40)
        await pair.claim(2)
        await condemned(pair)
        expect((await broker.get(queue, ['x', 'y'])).map((each) => each?.header.crashes)).toEqual([0, 0])
      })
    })

    describe('revoking', () => {
      it('ends waiting, delayed and held tasks at once, and tells the holder', async () => {
        const mine = await worker()
        await broker.queue(queue, [task('held'), task('ready'), task('delayed', { delay: 60_000 })])
        const held = first(await mine.claim(1))
        const outcome = '{"e":"revoked","i":1}'
        expect(await broker.revoke(queue, ['held', 'ready', 'delayed', 'never'], outcome, 60_000)).toEqual([
          true,
          true,
          true,
          false,
        ])
        await until('the notice', () =>
          mine.notices.some((notice) => notice.kind === 'revoked' && notice.id === 'held') ? true : undefined,
        )
        expect((await mine.settle([done(held)], 5)).verdicts).toEqual(['stale'])
        expect(await mine.claim(5)).toEqual([])
        expect(await broker.size(queue)).toEqual({ ready: 0, delayed: 0, held: 0 })
        expect(await Promise.all(['held', 'ready', 'delayed'].map(status))).toEqual([REVOKED, REVOKED, REVOKED])
        // Sent again it is the same call; another one changes nothing.
        expect(await broker.revoke(queue, ['ready'], outcome, 60_000)).toEqual([true])
        expect(await broker.revoke(queue, ['ready'], '{"e":"revoked","i":2}', 60_000)).toEqual([false])
      })

      it('does not touch what is over', async () => {
        const mine = await worker()
        await broker.queue(queue, [task('a')])
        await mine.settle([done(first(await mine.claim(1)))], 0)
        expect(await broker.revoke(queue, ['a'], '{}', 60_000)).toEqual([false])
        expect(await status('a')).toBe(SUCCESS)
      })
    })

    describe('waking', () => {
      it('wakes an idle worker for what is queued, released, resumed, left and due sooner', async () => {
        const mine = await worker()
        await mine.claim(1)
        await broker.queue(queue, [task('a')])
        await mine.woken()
        const claimed = first(await mine.claim(2))
        const other = await worker()
        await other.claim(1)
        await mine.settle([release(claimed)], 0)
        await Promise.race([mine.woken(), other.woken()])
        const holder = (await mine.claim(1)).length === 1 ? mine : other
        if (holder === other) await other.claim(1)
        const idle = holder === mine ? other : mine
        await idle.claim(1)
        await holder.broker.leave(queue, holder.id)
        await idle.woken()
        await idle.claim(1)
        await broker.pause(queue)
        await broker.queue(queue, [task('b')])
        const third = await worker()
        expect(await third.claim(1)).toEqual([])
        await broker.resume(queue)
        await third.woken()
        await third.claim(2)
        await broker.queue(queue, [task('soon', { delay: 30_000 })])
        await third.woken()
      })

      it('wakes as many workers as there are tasks', async () => {
        const workers = [await worker(), await worker(), await worker()]
        for (const each of workers) await each.claim(1)
        await broker.queue(queue, [task('a'), task('b')])
        await until('two wakes', () =>
          workers.filter(({ notices }) => notices.length > 0).length === 2 ? true : undefined,
        )
      })

      it('passes a wake on when the woken worker has no room', async () => {
        const [one, two] = [await worker(), await worker()]
        await one.claim(1)
        await two.claim(1)
        await broker.queue(queue, [task('a')])
        await one.woken()
        await one.settle([], 0)
        await two.woken()
        expect(ids(await two.claim(1))).toEqual(['a'])
      })

      it('loses no wake when tasks come in while a worker becomes idle', async () => {
        const mine = await worker()
        let settlements: Settlement[] = []
        let ended = 0
        let looking = true
        const look = async (): Promise<void> => {
          while (ended < 200) {
            if (looking) {
              looking = false
              const { tasks } = await mine.settle(settlements, 5)
              settlements = tasks.map((each) => done(each))
              ended += tasks.length
              if (tasks.length > 0) looking = true
            } else await mine.woken().then(() => (looking = true))
          }
        }
        const queueAll = async (): Promise<void> => {
          for (let i = 0; i < 200; i++) await broker.queue(queue, [task(`t${String(i)}`)])
        }
        await Promise.all([look(), queueAll()])
        expect(ended).toBe(200)
      })
    })

    describe('telling', () => {
      it('sends ends to the inbox of whoever queued or looked up', async () => {
        const told = new Map<string, (number | undefined)[]>()
        const listen = async (inbox: string): Promise<void> => {
          await (
            await open()
          ).openInbox(inbox, (notice) => {
            if (notice.kind !== 'done') return
            for (const { id, record } of notice.tasks) told.set(`${inbox} ${id}`, [record?.header.status])
          })
        }
        await listen('one')
        await listen('two')
        await broker.queue(queue, [task('a', { inbox: 'one' }), task('b', { inbox: 'one' }), task('c')])
        expect((await broker.get(queue, ['a', 'c', 'never'], 'two')).map((record) => record?.header.status)).toEqual([
          QUEUED,
          QUEUED,
          undefined,
        ])
        const mine = await worker()
        await mine.settle(
          (await mine.claim(3)).map((each) => done(each)),
          0,
        )
        await until('four ends', () => (told.size === 4 ? true : undefined))
        expect([...told.keys()].sort()).toEqual(['one a', 'one b', 'two a', 'two c'])
        expect([...told.values()].flat()).toEqual([SUCCESS, SUCCESS, SUCCESS, SUCCESS])
      })

      it('announces queued and done in order, while someone listens', async () => {
        const mine = await worker()
        expect((await mine.settle([], 1)).hasListeners).toBe(false)
        const seen: string[] = []
        const subscription = await (
          await open()
        ).onTaskEvent((event, record) => seen.push(`${event} ${record.header.id}`))
        const elsewhere = `${queue} elsewhere`
        await broker.queue(elsewhere, [task('new queue')])
        await broker.queue(queue, [task('a')])
        const { tasks, hasListeners } = await mine.settle([], 1)
        expect(hasListeners).toBe(true)
        const [record] = await broker.get(queue, ['a'])
        if (record) await mine.broker.announce(queue, 'started', [record])
        await mine.settle(
          tasks.map((each) => done(each)),
          0,
        )
        await until('four events', () => (seen.length === 4 ? true : undefined))
        expect(seen).toEqual(['queued new queue', 'queued a', 'started a', 'done a'])
        await subscription.close()
        await subscription.close()
      })
    })

    describe('queues', () => {
      it('are paused, measured, flushed once an operation, and listed', async () => {
        const mine = await worker()
        await broker.queue(queue, [task('a'), task('b'), task('late', { delay: 60_000 })])
        await broker.pause(queue)
        const { tasks, paused } = await mine.settle([], 1)
        expect([tasks, paused]).toEqual([[], true])
        await broker.resume(queue)
        await mine.claim(1)
        expect(await broker.size(queue)).toEqual({ ready: 1, delayed: 1, held: 1 })
        expect(await broker.flush(queue, `flush ${queue}`)).toBe(2)
        await broker.queue(queue, [task('after')])
        expect(await broker.flush(queue, `flush ${queue}`)).toBe(2)
        expect(await broker.size(queue)).toEqual({ ready: 1, delayed: 0, held: 1 })
        expect(await broker.queues()).toContain(queue)
        expect(await broker.stats(queue)).toMatchObject({ queued: 4, succeeded: 0 })
      })

      it('do not see each other', async () => {
        const other = `${queue} other`
        await broker.queue(queue, [task('a')])
        await broker.queue(other, [task('a')])
        const mine = await worker()
        await mine.settle([done(first(await mine.claim(1)))], 0)
        expect((await broker.get(other, ['a']))[0]?.header.status).toBe(QUEUED)
      })
    })

    it('is closed twice without harm, and refuses calls then', async () => {
      const another = await open()
      await another.close()
      await another.close()
      await expect(another.queue(queue, [task('a')])).rejects.toMatchObject({ code: 'PQ_CLOSED' })
    })
  })
}
