import type { TaskRecord } from '../../model/task-record.js'
import type { ActPlace } from '../../model/act-place.js'
import { ANY_PLACE } from '../../model/act-place.js'
import type { Encoded } from '../../model/encoded.js'
import type { Subscription } from '../../util/subscription.js'
import type {
  Adoption,
  AdoptReply,
  HeldTask,
  InboxNotice,
  LaneCall,
  LastTicks,
  LeaseState,
  NewTask,
  ProgressUpdate,
  QueueReply,
  QueueSizes,
  QueueStats,
  ReclaimOptions,
  ReclaimReply,
  RenewReply,
  Settlement,
  SettleReply,
  TaskEvent,
  Tick,
  TickReply,
  WorkerNotice,
  WorkerSpec,
} from '../broker.js'
import { Broker } from '../broker.js'
import type { DurabilityName } from '../../model/durability.js'
import { REDIS_DURABILITIES } from '../../model/durability.js'
import type { EngineOptions } from '../register-broker.js'
import type { StoreHistory } from '../store-history.js'
import type { StoreAdvice } from '../store-advice.js'
import { adviceOn } from './connection/server-advice.js'
import { readRedisUrl } from './connection/redis-url.js'
import { adopt } from './queue/adopt.js'
import { announce } from './queue/announce.js'
import { flush } from './queue/flush.js'
import { get } from './queue/get.js'
import { held } from './queue/held.js'
import { join } from './queue/join.js'
import { lastTicks } from './queue/last-ticks.js'
import { leave } from './queue/leave.js'
import { onTaskEvent } from './queue/on-task-event.js'
import { openInbox } from './queue/open-inbox.js'
import { openWorker } from './queue/open-worker.js'
import { pause } from './queue/pause.js'
import { progress } from './queue/progress.js'
import { isConsumed } from './queue/is-consumed.js'
import { promote } from './queue/promote.js'
import { queue } from './queue/queue.js'
import { queues } from './queue/queues.js'
import { reclaim } from './queue/reclaim.js'
import { RedisSession } from './queue/redis-session.js'
import { RedisOperationsStore } from './redis-operations-store.js'
import { renew } from './queue/renew.js'
import { resume } from './queue/resume.js'
import { revoke } from './queue/revoke.js'
import { settle } from './queue/settle.js'
import { size } from './queue/size.js'
import { stats } from './queue/stats.js'
import { tick } from './queue/tick.js'

/**
 * The queues in Redis. Created by the wiring from a `redis:` URL. Each verb is a file of `queue/`, most with a script beside
 * it; each script touches one queue.
 */
export class RedisBroker extends Broker {
  override readonly history: StoreHistory
  readonly #session: RedisSession
  readonly #operations: RedisOperationsStore

  /** @throws {@link InvalidUrlError}, {@link InvalidSettingError} */
  constructor(url: string, options?: EngineOptions) {
    super()
    this.#session = new RedisSession(readRedisUrl(url, options))
    this.#operations = new RedisOperationsStore(this.#session)
    const { leases } = this.#session
    this.history = {
      isOver: (worker) => leases.isOver(worker),
      ask: async (queue) => {
        await this.#session.meet(queue)
      },
    }
  }

  get address(): string {
    return this.#session.location.address
  }

  get heartbeatUrl(): string {
    return this.#session.location.url
  }

  override onHistoryChange(listener: (queues: readonly string[] | null) => void): () => void {
    return this.#session.histories.onChange((concerns) => {
      const queues = concerns && this.#session.knownQueues(concerns)
      if (queues?.length !== 0) listener(queues)
    })
  }

  async connect(): Promise<void> {
    await this.#session.connect()
  }

  override async advice(): Promise<readonly StoreAdvice[]> {
    const found: StoreAdvice[] = []
    await this.#session.connection.everywhere(async (redis, address) => {
      found.push(...(await adviceOn(redis, address, this.#session.location)))
    })
    return found
  }

  async close(): Promise<void> {
    await this.#session.close()
  }

  override readonly durabilities: readonly DurabilityName[] = REDIS_DURABILITIES

  queue(name: string, tasks: readonly NewTask[], durability?: DurabilityName): Promise<readonly QueueReply[]> {
    return queue(this.#session, name, tasks, durability)
  }

  async tick(name: string, next: Tick): Promise<TickReply> {
    return await tick(this.#session, name, next)
  }

  async lastTicks(name: string, jobs: readonly string[]): Promise<LastTicks> {
    return await lastTicks(this.#session, name, jobs)
  }

  async join(name: string, worker: WorkerSpec): Promise<LeaseState> {
    return await join(this.#session, name, worker)
  }

  async leave(name: string, worker: string): Promise<void> {
    await leave(this.#session, name, worker)
  }

  async settle(call: LaneCall, settlements: readonly Settlement[], max: number): Promise<SettleReply> {
    return await settle(this.#session, call, settlements, max)
  }

  override readonly reportsOverdue: boolean = true
  override readonly regardsPlaces: boolean = true

  async renew(name: string, worker: string): Promise<RenewReply> {
    return await renew(this.#session, name, worker)
  }

  async adopt(name: string, worker: string, adoption: Adoption): Promise<AdoptReply> {
    return await adopt(this.#session, name, worker, adoption)
  }

  async held(name: string, worker: string, tasks: readonly HeldTask[]): Promise<readonly boolean[]> {
    return await held(this.#session, name, worker, tasks)
  }

  async progress(name: string, worker: string, updates: readonly ProgressUpdate[]): Promise<readonly boolean[]> {
    return await progress(this.#session, name, worker, updates)
  }

  async reclaim(name: string, options: ReclaimOptions): Promise<ReclaimReply> {
    return await reclaim(this.#session, name, options)
  }

  async revoke(
    name: string,
    ids: readonly string[],
    outcome: Encoded,
    ttl: number,
    places: readonly ActPlace[] = ANY_PLACE,
  ): Promise<readonly boolean[]> {
    return await revoke(this.#session, name, ids, outcome, ttl, places)
  }

  async get(name: string, ids: readonly string[], inbox?: string | null): Promise<readonly (TaskRecord | null)[]> {
    return await get(this.#session, name, ids, inbox)
  }

  async size(name: string): Promise<QueueSizes> {
    return await size(this.#session, name)
  }

  async stats(name: string): Promise<QueueStats> {
    return await stats(this.#session, name)
  }

  async flush(name: string, operation: string): Promise<number> {
    return await flush(this.#session, name, operation)
  }

  async promote(
    name: string,
    ids: readonly string[],
    places: readonly ActPlace[] = ANY_PLACE,
  ): Promise<readonly boolean[]> {
    return await promote(this.#session, name, ids, places)
  }

  override async isConsumed(name: string): Promise<boolean> {
    return await isConsumed(this.#session, name)
  }

  async pause(name: string): Promise<void> {
    await pause(this.#session, name)
  }

  async resume(name: string): Promise<void> {
    await resume(this.#session, name)
  }

  async queues(): Promise<readonly string[]> {
    return await queues(this.#session)
  }

  async openWorker(name: string, worker: string, listener: (notice: WorkerNotice) => void): Promise<Subscription> {
    return await openWorker(this.#session, name, worker, listener)
  }

  async openInbox(inbox: string, listener: (notice: InboxNotice) => void): Promise<Subscription> {
    return await openInbox(this.#session, inbox, listener)
  }

  async onTaskEvent(listener: (event: TaskEvent, record: TaskRecord) => void): Promise<Subscription> {
    return await onTaskEvent(this.#session, listener)
  }

  async announce(name: string, event: 'started' | 'progress', records: readonly TaskRecord[]): Promise<void> {
    await announce(this.#session, name, event, records)
  }

  override operations(): RedisOperationsStore {
    return this.#operations
  }
}
