import type {
  Attempt,
  Broker,
  ClaimedTask,
  LaneCall,
  NewTask,
  ReclaimOptions,
  ReleaseSettlement,
  Settlement,
  SettleReply,
  WorkerNotice,
} from 'pulsar-queue'
import { SUCCESS } from 'pulsar-queue'
import { expect } from 'vitest'
import { until } from '../../support/until.js'
import { newTask } from '../../support/new-task.js'

export const bytes = (value: string | Uint8Array): Buffer => Buffer.from(value as string)
export const RECLAIM: ReclaimOptions = { crashCap: 3, outcome: '{"e":"crashed"}', ttl: 60_000, grace: 20 }
let names = 0

/** A number that no earlier call returned. */
export const nextNumber = (): number => ++names

/** A worker of one queue, with the notices that it got. */
export class TestWorker {
  readonly id = `worker-${String(nextNumber())}`
  readonly notices: WorkerNotice[] = []
  seq = 0

  constructor(
    readonly broker: Broker,
    readonly queue: string,
  ) {}

  async join(slots = 10, leaseTtl = 10_000): Promise<this> {
    await this.broker.openWorker(this.queue, this.id, (notice) => this.notices.push(notice))
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

export const task = (id: string, more: Partial<NewTask> = {}): NewTask =>
  newTask(id, { job: 'job', body: `{"n":"${id}"}`, ...more })
/** What a reply says of tasks, without the note that the engine makes of the reply itself. */
export const told = (tasks: readonly ClaimedTask[] = []): Omit<ClaimedTask, 'claim'>[] =>
  tasks.map(({ claim: _claim, ...task }) => task)

export const done = (claimed: ClaimedTask, more: object = {}): Settlement => ({
  kind: 'done',
  task: claimed,
  status: SUCCESS,
  outcome: '{"r":1}',
  ttl: 60_000,
  ...more,
})
export const retry = (claimed: ClaimedTask, delay = 0, attempt?: Attempt): Settlement => ({
  kind: 'retry',
  task: claimed,
  delay,
  outcome: '{"e":"no"}',
  ...(attempt && { attempt }),
})
export const release = (claimed: ClaimedTask, delay = 0): ReleaseSettlement => ({
  kind: 'release',
  task: claimed,
  delay,
})
export const first = <T>(list: readonly T[]): T => {
  const [head] = list
  if (head === undefined) throw new Error('expected at least one')
  return head
}
export const ids = (tasks: readonly { readonly id: string }[]): string[] => tasks.map(({ id }) => id)
