import type { ActPlace } from '../model/act-place.js'
import { READY_STATES } from '../model/task-state.js'
import type { Broker } from '../stores/broker.js'
import type { PermitStore } from '../stores/permit-store.js'
import { CHUNK_TASKS, HISTORY_GAP } from '../stores/policy.js'
import { RecentMap } from '../util/recent-map.js'

/** A task that is parked, or may be. */
export interface ParkedTask {
  readonly queue: string
  readonly id: string
  /** Number of its runs when it was parked: with another number it is delayed for a retry, or runs. Null: not known. */
  readonly runs: number | null
  /** Name of the limit that it waits for. */
  readonly limit: string
  /** How often the history of the limit's permits had changed before it began to wait. */
  readonly changes: number
}

/** Most parked tasks that are kept. */
const MOST_TASKS = 10_000
const DELAYED: readonly ActPlace[] = ['delayed']

/**
 * The tasks that this worker has parked of late, and those that wait no more since it has found them not to be parked. Created by the limiter.
 * A failover may have forgotten that they wait for a permit, and not that they are parked: queue and permits may lie on two servers, and the
 * connections of this process to one server follow the new master one after the other. Nothing would promote such a task, so it is promoted
 * here, and asks for a permit anew.
 */
export class ParkedTasks {
  readonly #recent = new RecentMap<string, ParkedTask>(MOST_TASKS, HISTORY_GAP)
  /** Those that may wait no more. */
  readonly #doubtful = new Map<string, ParkedTask>()
  readonly #ended: readonly (() => void)[]

  /** @param onDoubt - called when there is something to {@link promote} */
  constructor(
    private readonly broker: Broker,
    private readonly permitStore: PermitStore,
    private readonly onDoubt: () => void,
  ) {
    this.#ended = [
      broker.onHistoryChange((queues) => {
        this.#doubt(({ queue }) => queues?.includes(queue) ?? true)
      }),
      permitStore.onHistoryChange(() => {
        this.#doubt((task) => this.#isForgotten(task))
      }),
    ]
  }

  /** The store has parked a task, or the task waits no more. */
  add(holder: string, task: ParkedTask): void {
    this.#recent.add(holder, task)
    if (!this.#isForgotten(task)) return
    this.#doubtful.set(holder, task)
    this.onDoubt()
  }

  /** Whether there is something to {@link promote}. */
  get hasDoubtful(): boolean {
    return this.#doubtful.size > 0
  }

  /** Promotes those that may wait no more, where they are parked still. @throws what the broker throws; then call again */
  async promote(): Promise<void> {
    const all = [...this.#doubtful]
    for (const queue of new Set(all.map(([, task]) => task.queue))) {
      const ofQueue = all.filter(([, task]) => task.queue === queue)
      for (let at = 0; at < ofQueue.length; at += CHUNK_TASKS)
        await this.#promote(queue, ofQueue.slice(at, at + CHUNK_TASKS))
    }
  }

  close(): void {
    for (const end of this.#ended) end()
  }

  /** Whether the permits may have forgotten that a task waits. */
  #isForgotten({ limit, changes }: ParkedTask): boolean {
    return this.permitStore.historyChanges(limit) !== changes
  }

  #doubt(isMeant: (task: ParkedTask) => boolean): void {
    for (const [holder, task] of this.#recent.entries()) if (isMeant(task)) this.#doubtful.set(holder, task)
    if (this.hasDoubtful) this.onDoubt()
  }

  async #promote(queue: string, tasks: readonly (readonly [holder: string, task: ParkedTask])[]): Promise<void> {
    const records = await this.broker.get(
      queue,
      tasks.map(([, { id }]) => id),
    )
    const isParked = tasks.map(([, { runs }], i) => {
      const header = records[i]?.header
      if (header === undefined || READY_STATES.has(header.status)) return false
      return runs === null || header.runs === runs
    })
    const ids = tasks.flatMap(([, { id }], i) => (isParked[i] === true ? [id] : []))
    if (ids.length > 0) await this.broker.promote(queue, ids, DELAYED)
    for (const [i, [holder, task]] of tasks.entries()) {
      if (this.#doubtful.get(holder) === task) this.#doubtful.delete(holder)
      // That it was promoted may be forgotten as well.
      if (isParked[i] === true) this.#recent.add(holder, task)
    }
  }
}
