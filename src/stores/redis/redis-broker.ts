import { isMainThread } from 'node:worker_threads'
import { BrokerFullError, LeaseLostError, StaleCallError } from '../../errors.js'
import type { TaskRecord } from '../../model/task-record.js'
import type { Encoded } from '../../util/encoded.js'
import type { Subscription } from '../../util/subscription.js'
import type {
  InboxNotice,
  LaneCall,
  LastTicks,
  LeaseState,
  NewTask,
  Settlement,
  QueueReply,
  QueueSizes,
  QueueStats,
  ReclaimOptions,
  ReclaimReply,
  SettleReply,
  TaskEvent,
  Tick,
  TickReply,
  WorkerNotice,
  WorkerSpec,
} from '../broker.js'
import { Broker } from '../broker.js'
import type { Argument } from './layout/arguments.js'
import { blob } from './layout/arguments.js'
import { checkVersion, findDanger } from './connection/check-server.js'
import { chunked, chunkedIds, MAX_TASKS } from './queue/chunks.js'
import { EventListeners } from './queue/event-listeners.js'
import { unframe } from './layout/frames.js'
import { LAYOUT, NamespaceKeys, QueueKeys } from './layout/keys.js'
import { announcement, liveRecord, recordOf } from './layout/records.js'
import { RedisConnection } from './connection/redis-connection.js'
import { RedisSubscriber } from './connection/redis-subscriber.js'
import type { RedisLocation } from './connection/redis-url.js'
import { readRedisUrl } from './connection/redis-url.js'
import type { ScriptName } from './scripts/script.js'
import { settleArguments, settleReply } from './queue/settle.js'
import { taskArguments } from './layout/task-arguments.js'
import { lastTicksReply, tickArguments, tickReply } from './queue/tick.js'

const COUNTERS = ['queued', 'succeeded', 'failed', 'revoked', 'retried', 'released', 'reclaimed'] as const

/**
 * The queue in Redis: one script a verb, and each touches one queue. Made by the wiring from a `redis:` URL.
 *
 * One connection sends; another, opened when something is first listened to, hears what the server tells workers and
 * inboxes. What was cut off is sent again, under the same number or id.
 */
export class RedisBroker extends Broker {
  /** Told when the server is set up in a way that loses tasks. Default: a warning of the process. */
  onWarning: ((message: string) => void) | undefined = (message) => {
    // The heartbeat's thread opens the same server once more.
    if (isMainThread) process.emitWarning(message)
  }

  readonly #location: RedisLocation
  readonly #connection: RedisConnection
  readonly #subscriber: RedisSubscriber
  readonly #events: EventListeners
  readonly #space: NamespaceKeys
  readonly #keys = new Map<string, QueueKeys>()
  readonly #registered = new Map<string, Promise<void>>()

  /** @throws {@link InvalidUrlError} */
  constructor(url: string) {
    super()
    this.#location = readRedisUrl(url)
    this.#connection = new RedisConnection(this.#location, 'pulsar-queue')
    // A server that comes back may have lost what it was told.
    this.#connection.redis.on('close', () => {
      this.#registered.clear()
    })
    this.#subscriber = new RedisSubscriber(this.#location)
    this.#space = new NamespaceKeys(this.#location.namespace)
    this.#events = new EventListeners(this.#connection, this.#subscriber, this.#space, (queue) => this.#keysOf(queue))
  }

  get address(): string {
    return this.#location.address
  }

  get heartbeatUrl(): string {
    return this.#location.url
  }

  async connect(): Promise<void> {
    const { redis } = this.#connection
    await this.#connection.attempt(async () => {
      await checkVersion(redis, this.address)
    })
    const danger = await this.#connection.attempt(async () => await findDanger(redis, this.address))
    if (danger !== null) this.onWarning?.(danger)
  }

  async close(): Promise<void> {
    await this.#events.close()
    await Promise.all([this.#subscriber.close(), this.#connection.close()])
  }

  async queue(queue: string, tasks: readonly NewTask[]): Promise<readonly QueueReply[]> {
    await this.#register(queue)
    const chunks = await Promise.all(chunked(tasks).map((chunk) => this.#queueChunk(queue, chunk)))
    return chunks.flat()
  }

  async tick(queue: string, tick: Tick): Promise<TickReply> {
    await this.#register(queue)
    const { ticks } = this.#keysOf(queue)
    return tickReply(await this.#run('tick', queue, tickArguments(tick), [ticks]), tick.at)
  }

  async lastTicks(queue: string, jobs: readonly string[]): Promise<LastTicks> {
    const { ticks } = this.#keysOf(queue)
    return lastTicksReply(await this.#run('ticks', queue, jobs, [ticks]))
  }

  async join(queue: string, { id, slots, leaseTtl }: WorkerSpec): Promise<LeaseState> {
    await this.#registerAnyway(queue)
    return (await this.#run('join', queue, [id, String(slots), String(leaseTtl)])) === 1 ? 'held' : 'lost'
  }

  async leave(queue: string, worker: string): Promise<void> {
    await this.#run('leave', queue, [worker])
  }

  async settle(call: LaneCall, settlements: readonly Settlement[], max: number): Promise<SettleReply> {
    const { done, args } = settleArguments(this.#keysOf(call.queue), call, settlements, max)
    try {
      return settleReply((await this.#run('settle', call.queue, args, done)) as unknown[])
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('LOST')) throw new LeaseLostError(call.queue, call.worker)
      if (error instanceof Error && error.message.startsWith('STALE')) {
        throw new StaleCallError(call.queue, call.worker, call.seq)
      }
      throw error
    }
  }

  async renew(queue: string, worker: string): Promise<LeaseState> {
    return (await this.#run('renew', queue, [worker])) === 1 ? 'held' : 'lost'
  }

  async held(
    queue: string,
    worker: string,
    tasks: readonly { readonly id: string; readonly fence: number }[],
  ): Promise<readonly boolean[]> {
    if (tasks.length === 0) return []
    const { fixed } = this.#keysOf(queue)
    const { redis } = this.#connection
    const [lease, rows] = await this.#connection.attempt(
      async () =>
        await Promise.all([
          redis.zscore(fixed[4] ?? '', worker),
          redis.hmget(fixed[2] ?? '', ...tasks.map(({ id }) => id)),
        ]),
    )
    return rows.map((row, i) => {
      const [fence, , ...by] = row?.split(',') ?? []
      return lease !== null && fence === String(tasks[i]?.fence) && by.join(',') === worker
    })
  }

  async progress(
    queue: string,
    worker: string,
    updates: readonly { readonly id: string; readonly fence: number; readonly progress: Encoded }[],
  ): Promise<readonly boolean[]> {
    const args = updates.flatMap(({ id, fence, progress }): Argument[] => [id, String(fence), blob(progress)])
    return ((await this.#run('progress', queue, [worker, ...args])) as number[]).map((stored) => stored === 1)
  }

  async reclaim(queue: string, { crashCap, grace, outcome, ttl }: ReclaimOptions): Promise<ReclaimReply> {
    const reply = await this.#run('reclaim', queue, [String(crashCap), String(grace), String(MAX_TASKS)])
    const [condemned, requeued, over, more] = reply as [Buffer[], number, Buffer[], number]
    const failed = over.map(String)
    if (failed.length > 0) {
      const keys = this.#keysOf(queue)
      await this.#run(
        'fail',
        queue,
        [blob(outcome), String(ttl), ...failed],
        failed.map((id) => keys.done(id)),
      )
    }
    return { condemned: condemned.map(String), requeued, failed, more: more === 1 || failed.length > 0 }
  }

  async revoke(queue: string, ids: readonly string[], outcome: Encoded, ttl: number): Promise<readonly boolean[]> {
    const changed: boolean[] = []
    for (const chunk of chunkedIds(ids)) {
      const keys = this.#doneKeys(queue, chunk)
      const reply = (await this.#run('revoke', queue, [blob(outcome), String(ttl), ...chunk], keys)) as number[]
      changed.push(...reply.map((each) => each === 1))
    }
    return changed
  }

  async get(
    queue: string,
    ids: readonly string[],
    inbox: string | null = null,
  ): Promise<readonly (TaskRecord | null)[]> {
    const records: (TaskRecord | null)[] = []
    for (const chunk of chunkedIds(ids)) {
      const reply = (await this.#run('get', queue, [inbox ?? '', ...chunk], this.#doneKeys(queue, chunk))) as unknown[]
      chunk.forEach((id, i) => {
        const [kind, value, held, progress] = reply.slice(i * 4, i * 4 + 4) as [number, Buffer, Buffer, Buffer]
        records.push(
          kind === 0 ? null : kind === 1 ? liveRecord(queue, id, value, held, progress) : recordOf(queue, id, value),
        )
      })
    }
    return records
  }

  async size(queue: string): Promise<QueueSizes> {
    const [live, held, delayed] = (await this.#run('size', queue, [])) as [number, number, number]
    return { ready: live - held - delayed, delayed, held }
  }

  async stats(queue: string): Promise<QueueStats> {
    const key = this.#keysOf(queue).fixed[11] ?? ''
    const found = await this.#connection.attempt(async () => await this.#connection.redis.hgetall(key))
    return Object.fromEntries(COUNTERS.map((name) => [name, Number(found[name] ?? 0)])) as Record<
      keyof QueueStats,
      number
    >
  }

  async flush(queue: string, operation: string): Promise<number> {
    const key = this.#keysOf(queue).operation(operation)
    for (;;) {
      const [dropped, more] = (await this.#run('flush', queue, [String(MAX_TASKS)], [key])) as [Buffer, number]
      if (more === 0) return Number(dropped)
    }
  }

  async promote(queue: string, ids: readonly string[]): Promise<readonly boolean[]> {
    const moved: boolean[] = []
    for (const chunk of chunkedIds(ids)) {
      moved.push(...((await this.#run('promote', queue, chunk)) as number[]).map((each) => each === 1))
    }
    return moved
  }

  async pause(queue: string): Promise<void> {
    await this.#registerAnyway(queue)
    await this.#run('pause', queue, ['1'])
  }

  async resume(queue: string): Promise<void> {
    await this.#run('pause', queue, ['0'])
  }

  async queues(): Promise<readonly string[]> {
    return await this.#connection.attempt(async () => await this.#connection.redis.smembers(this.#space.queues))
  }

  async openWorker(worker: string, listener: (notice: WorkerNotice) => void): Promise<Subscription> {
    const channel = `${this.#space.channels}worker:${worker}`
    const heard = (message: Buffer): void => {
      const [kind, queue = '', id = ''] = unframe(message).map(String)
      listener(kind === 'revoked' ? { kind, queue, id } : { kind: 'wake', queue })
    }
    return subscription(
      await this.#subscriber.listen(channel, heard, () => {
        listener({ kind: 'reconnected' })
      }),
    )
  }

  async openInbox(inbox: string, listener: (notice: InboxNotice) => void): Promise<Subscription> {
    const heard = (message: Buffer): void => {
      const parts = unframe(message)
      const tasks = []
      for (let i = 0; i < parts.length; i += 3) {
        const [queue, id, value] = [String(parts[i]), String(parts[i + 1]), parts[i + 2]]
        tasks.push({ id, record: value && value.length > 0 ? recordOf(queue, id, value) : null })
      }
      listener({ kind: 'done', tasks })
    }
    return subscription(
      await this.#subscriber.listen(`${this.#space.channels}inbox:${inbox}`, heard, () => {
        listener({ kind: 'reconnected' })
      }),
    )
  }

  async onTaskEvent(listener: (event: TaskEvent, record: TaskRecord) => void): Promise<Subscription> {
    return subscription(await this.#events.listen(listener))
  }

  async announce(_queue: string, event: 'started' | 'progress', records: readonly TaskRecord[]): Promise<void> {
    const message = announcement(event, records)
    await this.#connection.attempt(
      async () => await this.#connection.redis.publish(`${this.#space.channels}events`, message),
    )
  }

  async #queueChunk(queue: string, tasks: readonly NewTask[]): Promise<QueueReply[]> {
    const keys = this.#keysOf(queue)
    const call = (resent: boolean): { keys: string[]; args: Argument[] } => {
      const done: string[] = []
      const args = tasks.flatMap((task): Argument[] => {
        const { id, checkDuplicate } = task
        // Sent again, a task may be over already: only its finished record would tell.
        if (checkDuplicate || resent) done.push(keys.done(id))
        return taskArguments(task, checkDuplicate || resent ? done.length : 0)
      })
      return { keys: [...keys.fixed, ...done], args: this.#head(queue, args) }
    }
    const first = call(false)
    const reply = (await this.#connection.run('queue', first, () => call(true))) as unknown[]
    return tasks.map(({ id }, i) => {
      const [fresh, queuedAt, record] = reply.slice(i * 3, i * 3 + 3) as [number, Buffer, Buffer]
      return {
        id,
        verdict: fresh === 1 ? 'queued' : 'duplicate',
        queuedAt: Number(queuedAt),
        record: record.length > 0 ? recordOf(queue, id, record) : null,
      }
    })
  }

  async #run(
    name: ScriptName,
    queue: string,
    args: readonly Argument[],
    more: readonly string[] = [],
  ): Promise<unknown> {
    const { fixed } = this.#keysOf(queue)
    const keys = more.length > 0 ? [...fixed, ...more] : fixed
    return await this.#connection.run(name, { keys, args: this.#head(queue, args) })
  }

  #head(queue: string, args: readonly Argument[]): Argument[] {
    return [LAYOUT, this.#space.channels, queue, ...args]
  }

  #doneKeys(queue: string, ids: readonly string[]): string[] {
    const keys = this.#keysOf(queue)
    return ids.map((id) => keys.done(id))
  }

  #keysOf(queue: string): QueueKeys {
    let keys = this.#keys.get(queue)
    if (!keys) {
      keys = new QueueKeys(this.#location.namespace, queue)
      this.#keys.set(queue, keys)
    }
    return keys
  }

  /** As below; where the server's memory is full, whoever queued something has made the queue known. */
  async #registerAnyway(queue: string): Promise<void> {
    try {
      await this.#register(queue)
    } catch (error) {
      if (!(error instanceof BrokerFullError)) throw error
    }
  }

  /** Makes a queue known to all, once a connection, and makes known to it who listens to events. */
  async #register(queue: string): Promise<void> {
    let registered = this.#registered.get(queue)
    if (!registered) {
      registered = this.#events.register(queue)
      this.#registered.set(queue, registered)
      registered.catch(() => this.#registered.delete(queue))
    }
    await registered
  }
}

function subscription(stop: () => Promise<void>): Subscription {
  const close = async (): Promise<void> => {
    await stop()
  }
  return { close, [Symbol.asyncDispose]: close }
}
