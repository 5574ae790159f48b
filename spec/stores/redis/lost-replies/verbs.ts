import type { ClaimedTask, LaneCall, QueueReply, Settlement, SettleReply } from 'pulsar-queue'
import { FAILURE, isPulsarError } from 'pulsar-queue'
import { noCounts } from '../../../../lib/model/run-counts.js'
import type { RedisBroker } from '../../../../lib/stores/redis/redis-broker.js'
import type { RedisPermitStore } from '../../../../lib/stores/redis/redis-permit-store.js'
import { until } from '../../../support/until.js'
import { done, task } from '../fixture.js'

const RECLAIM = { crashCap: 3, outcome: '{"e":"crashed"}', ttl: 600_000, grace: 10 }
const PROBLEM = { id: 'p', error: 'Error', message: 'no', version: null }
const ANYWHERE = ['ready', 'delayed', 'held', 'over'] as const
const AGAIN = { body: null, delay: 0 } as const

/** Places of two queues and a lock that hold the same at the beginning, and who uses them. */
export class Scene {
  #seq = 0
  held!: ClaimedTask

  constructor(
    readonly broker: RedisBroker,
    readonly permits: RedisPermitStore,
  ) {}

  get operations() {
    return this.broker.operations()
  }

  /** One worker `w` holds `held`; three tasks wait, one of them for an hour; one has failed; a schedule has ticked; a permit is held. */
  async setUp(): Promise<this> {
    const { broker, permits } = this
    await broker.queue('to', [task('there')])
    await broker.queue('q', [
      task('failed'),
      task('held'),
      task('one'),
      task('two'),
      task('later', { delay: 3_600_000 }),
    ])
    await broker.join('q', { id: 'w', slots: 9, leaseTtl: 60_000 })
    const [failed, held] = (await broker.settle(this.call(), [], 2)).tasks
    if (!failed || !held) throw new Error('both were ready')
    this.held = held
    await broker.settle(this.call(), [{ ...ended(failed), status: FAILURE, problem: PROBLEM }], 0)
    await broker.tick('q', { job: 'j', expected: null, at: 1, task: null, operation: 'first', schedule: 's' })
    await permits.acquire('lock', [{ holder: 'a/first', max: 2 }], 600_000, 0)
    return this
  }

  call(): LaneCall {
    return { queue: 'q', worker: 'w', lane: 0, seq: ++this.#seq }
  }

  /** Settles, as a worker does it: where the store has another history by now, it first tells what it holds, and settles what is still held. */
  async settle(settlements: readonly Settlement[], max: number): Promise<Pick<SettleReply, 'verdicts' | 'tasks'>> {
    try {
      return await this.broker.settle(this.call(), settlements, max)
    } catch (error) {
      const [adopted] = await this.adopt(error)
      const left = adopted === 'held' ? settlements : []
      const { tasks } = await this.broker.settle(this.call(), left, max)
      return { tasks, verdicts: settlements.map(() => 'recorded') }
    }
  }

  /** Claims one task: nothing is claimed for a while after a failover. */
  async claim(): Promise<string> {
    return await until('a claim', async () => (await this.settle([], 1)).tasks[0]?.id)
  }

  /** A call of a worker, as it makes it. */
  async asWorker<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      await this.adopt(error)
      return await call()
    }
  }

  /** @param error - is thrown where it does not say that the history is another */
  async adopt(error: unknown): Promise<readonly string[]> {
    if (!isPulsarError(error, 'PQ_HISTORY_CHANGED')) throw error
    this.#seq = 0
    const { fence } = this.held
    const reply = await this.broker.adopt('q', 'w', { slots: 9, ttl: 60_000, topFence: fence, tasks: [this.held] })
    return reply.verdicts
  }

  /** A worker that holds a task and is dead. */
  async die(): Promise<void> {
    await this.broker.join('q', { id: 'dead', slots: 1, leaseTtl: 1 })
    await this.broker.settle({ queue: 'q', worker: 'dead', lane: 0, seq: 1 }, [], 1)
  }

  /** Passes of `reclaim` until the dead worker's task is back. */
  async reclaim(): Promise<void> {
    await until('the dead worker to be condemned', async () => {
      await this.broker.reclaim('q', RECLAIM)
      const { held } = await this.broker.size('q')
      return held === 1 ? true : undefined
    })
  }
}

/** It has ended, and its record stays. */
function ended(held: ClaimedTask): Settlement & { kind: 'done' } {
  return { ...done(held), ttl: 600_000 } as Settlement & { kind: 'done' }
}

/** One verb, in a case in which acting twice is seen. */
export interface Verb {
  /** Comes before the reply is lost. */
  readonly before?: (at: Scene) => Promise<unknown>
  /** Which of the replies to its scripts is lost. Default: the first. */
  readonly reply?: number
  /** What it says of a call that is sent again, and has acted before. Default: what it said the first time. */
  readonly saysAgain?: unknown
  act(at: Scene): Promise<unknown>
}

const said = (replies: readonly QueueReply[]): string[] => replies.map(({ verdict }) => verdict)

const move: Verb['act'] = async ({ operations }) => {
  const moves = ['one', 'later'].map((id) => ({ id, newId: `new ${id}` }))
  return await operations.move('q', moves, 'to', 'moved', 600_000, ANYWHERE)
}

export const VERBS: Readonly<Record<string, Verb>> = {
  queue: {
    act: async ({ broker }) => said(await broker.queue('q', [task('new'), task('other', { priority: 9 })])),
    saysAgain: ['duplicate', 'duplicate'],
  },
  'queue of a known id': {
    act: async ({ broker }) => {
      return said(await broker.queue('q', [task('one', { checkDuplicate: true }), task('n', { checkDuplicate: true })]))
    },
  },
  tick: {
    act: ({ broker }) =>
      broker.tick('q', { job: 'j', expected: 1, at: 2, task: task('tick'), operation: 'second', schedule: 's' }),
  },
  join: { act: ({ broker }) => broker.join('q', { id: 'x', slots: 3, leaseTtl: 60_000 }) },
  leave: { act: (at) => at.asWorker(() => at.broker.leave('q', 'w')) },
  'settle as done': { act: async (at) => (await at.settle([ended(at.held)], 0)).verdicts },
  'settle as failed': {
    act: async (at) => (await at.settle([{ ...ended(at.held), status: FAILURE, problem: PROBLEM }], 0)).verdicts,
  },
  'settle for a retry': {
    act: async (at) => {
      const attempt = { run: 1, startedAt: 1, endedAt: 2, worker: 'w', error: 'no' }
      const again = {
        kind: 'retry',
        task: at.held,
        delay: 3_600_000,
        outcome: '{}',
        attempt,
        problem: PROBLEM,
      } as const
      return (await at.settle([again], 0)).verdicts
    },
  },
  'settle as released': {
    act: async (at) => (await at.settle([{ kind: 'release', task: at.held, delay: 3_600_000 }], 0)).verdicts,
  },
  claim: { act: (at) => at.claim() },
  renew: { act: (at) => at.asWorker(() => at.broker.renew('q', 'w')) },
  progress: {
    act: (at) => {
      const { id, fence } = at.held
      return at.asWorker(() => at.broker.progress('q', 'w', [{ id, fence, progress: '{"p":1}' }]))
    },
  },
  held: { act: (at) => at.asWorker(() => at.broker.held('q', 'w', [at.held])) },
  get: { act: async ({ broker }) => (await broker.get('q', ['one'], 'me'))[0]?.header.id },
  reclaim: { before: (at) => at.die(), act: (at) => at.reclaim() },
  'revoke of a task that waits': { act: ({ broker }) => broker.revoke('q', ['one'], '{"by":1}', 600_000) },
  'revoke of a task that runs': { act: ({ broker }) => broker.revoke('q', ['held'], '{"by":1}', 600_000) },
  flush: { act: ({ broker }) => broker.flush('q', 'op') },
  promote: { act: ({ broker }) => broker.promote('q', ['later']), saysAgain: [false] },
  pause: { act: ({ broker }) => broker.pause('q') },
  resume: { before: ({ broker }) => broker.pause('q'), act: ({ broker }) => broker.resume('q') },
  redrive: { act: ({ operations }) => operations.redrive('q', [{ id: 'failed', newId: 'f2', ...AGAIN }], 'op') },
  drop: { act: ({ operations }) => operations.drop('q', ['one', 'failed'], 'op', ANYWHERE) },
  'move, as the tasks leave': { act: move },
  'move, as they arrive': { reply: 2, act: move },
  'move, as it is noted that they have': { reply: 3, act: move },
  restore: {
    // The first one is that of the look.
    reply: 2,
    act: async (at) => {
      const [record] = await at.broker.get('q', ['failed'])
      if (!record) throw new Error('it has a record')
      const over = { record: { ...record, header: { ...record.header, id: 'r' } }, isOver: true, isListed: true }
      const live = { record: { ...record, header: { ...record.header, id: 'l' } }, isOver: false, isListed: false }
      return await at.operations.restore('to', [
        { ...over, ttl: 600_000 },
        { ...live, ttl: 600_000 },
      ])
    },
  },
  prioritize: { act: ({ operations }) => operations.prioritize('q', ['two', 'later'], 9, ANYWHERE) },
  observe: {
    act: ({ operations }) => {
      const jobs = new Map([['x', { ...noCounts(), succeeded: 2, runSum: 30 }]])
      return operations.observe('q', { worker: 'w', seq: 1, jobs, ended: ['failed'], isComplete: true })
    },
  },
  markProblems: { act: ({ operations }) => operations.markProblems('q', ['p'], 'resolved') },
  pauseSchedule: { act: ({ operations }) => operations.pauseSchedule('q', 'j', { by: 'me', reason: null }) },
  takeAlerts: { act: ({ operations }) => operations.takeAlerts(['rule'], 'me', 600_000) },
  keepAlert: {
    before: ({ operations }) => operations.takeAlerts(['rule'], 'me', 600_000),
    act: ({ operations }) => operations.keepAlert('rule', 'me', 'on'),
  },
  acquire: {
    act: async ({ permits }) => {
      const { answers } = await permits.acquire('lock', [{ holder: 'a/second', max: 2 }], 600_000, 0)
      const fence = answers[0]?.fence ?? null
      // The fence that the caller is told is that which counts.
      return fence !== null && (await permits.restore('lock', { holder: 'a/second', fence, max: 2 }, 600_000))
    },
  },
  'acquire that waits': {
    before: ({ permits }) => permits.acquire('lock', [{ holder: 'a/second', max: 2 }], 600_000, 0),
    act: async ({ permits }) =>
      (await permits.acquire('lock', [{ holder: 'b/1', max: 2 }], 1, 600_000)).answers[0]?.fence,
  },
  'renew of a permit': { act: ({ permits }) => permits.renew('lock', ['a/first', 'b/none'], 600_000) },
  'restore of a permit': {
    act: ({ permits }) => permits.restore('lock', { holder: 'c/lost', fence: 5, max: 2 }, 600_000),
  },
  release: {
    act: async ({ permits }) => (await permits.release('lock', 'a/first', null, 2)).released,
    saysAgain: false,
  },
  decline: { act: ({ permits }) => permits.decline('lock', ['b/none']) },
  sweep: { act: ({ permits }) => permits.sweep('lock', 2) },
}
