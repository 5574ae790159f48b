import { REVOKED } from '../../model/task-state.js'
import type { TaskRecord } from '../../model/task-record.js'
import type { Clock } from '../../util/clock.js'
import { SYSTEM_CLOCK } from '../../util/clock.js'
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
import { flush } from './queue/flush.js'
import { dropLease, grantLease, isLeased, leaseKey, renewLease } from './tables/leases.js'
import type { Receiver, ReceiverKind } from './notices/receivers.js'
import { queueId, queueStats } from './tables/queue-rows.js'
import { QueueTransaction } from './tables/queue-transaction.js'
import { addTask, follow } from './tables/add-task.js'
import { reclaim } from './queue/reclaim.js'
import { STATE } from './database/schema.js'
import { settle } from './queue/settle.js'
import type { Store } from './store.js'
import { StoreHandle } from './store-handle.js'
import { lastTicks, takeTick } from './queue/tick.js'
import type { TaskRow } from './tables/task-rows.js'
import { isSame, recordOf, stored } from './tables/task-rows.js'

const PRUNED_AT_ONCE = 2_000

interface Held {
  readonly id: string
  readonly fence: number
}

/**
 * The queue in SQLite: a directory that processes of one machine share, or this process's memory. Made by the wiring
 * from an `embedded:` URL; each verb is one transaction, together with the others of the same turn.
 */
export class EmbeddedBroker extends Broker {
  readonly #handle: StoreHandle

  /**
   * @param clock - of the store, where this opens it
   * @throws {@link InvalidUrlError}
   */
  constructor(url: string, clock: Clock = SYSTEM_CLOCK) {
    super()
    this.#handle = new StoreHandle(url, clock, 'embedded broker')
  }

  get address(): string {
    return `embedded:${this.#handle.location.key}`
  }

  get heartbeatUrl(): string | null {
    return this.#handle.location.url
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous, opening a file is not
  async connect(): Promise<void> {
    this.#handle.open()
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  async queue(queue: string, tasks: readonly NewTask[]): Promise<readonly QueueReply[]> {
    if (tasks.length === 0) return []
    return await this.#transact(queue, (transaction) => tasks.map((task) => addTask(transaction, task)))
  }

  async tick(queue: string, tick: Tick): Promise<TickReply> {
    return await this.#transact(queue, (transaction) => takeTick(transaction, tick))
  }

  async lastTicks(queue: string, jobs: readonly string[]): Promise<LastTicks> {
    return await this.#read(queue, (store, id) => lastTicks(store, id, jobs))
  }

  async join(queue: string, worker: WorkerSpec): Promise<LeaseState> {
    return await this.#transact(queue, ({ store, leaseKey: key }) => grantLease(store, key, worker))
  }

  async leave(queue: string, worker: string): Promise<void> {
    await this.#transact(queue, (transaction) => {
      const { store, id } = transaction
      for (const row of transaction.heldBy(worker).reverse()) {
        transaction.putBack(row, { delay: 0, runs: row.runs - 1, crashes: row.crashes, suspect: row.suspect })
        transaction.count('released')
      }
      store.queue.sql('DELETE FROM lane WHERE queue = ? AND worker = ?').run(id, worker)
      store.queue.sql('DELETE FROM idle WHERE queue = ? AND worker = ?').run(id, worker)
    })
    // Only now: the lease is how others find what a worker holds that dies before the commit.
    const store = this.#handle.open()
    await store.leases.write(() => {
      dropLease(store, this.#leaseKey(queue), worker)
    })
  }

  async settle(call: LaneCall, outcomes: readonly Settlement[], max: number): Promise<SettleReply> {
    return await this.#transact(call.queue, (transaction) => settle(transaction, call, outcomes, max))
  }

  async renew(queue: string, worker: string): Promise<LeaseState> {
    const store = this.#handle.open()
    return await store.leases.write(() => renewLease(store, this.#leaseKey(queue), worker))
  }

  async held(queue: string, worker: string, tasks: readonly Held[]): Promise<readonly boolean[]> {
    return await this.#read(queue, (store, id) => {
      const sql = store.queue.sql(
        'SELECT 1 FROM task WHERE queue = ? AND id = ? AND fence = ? AND worker = ? AND state = 2',
      )
      return tasks.map((task) => sql.get(id, task.id, task.fence, worker) !== undefined)
    })
  }

  async progress(
    queue: string,
    worker: string,
    updates: readonly (Held & { readonly progress: Encoded })[],
  ): Promise<readonly boolean[]> {
    return await this.#transact(queue, ({ store, id, leaseKey: key }) => {
      const isHolder = isLeased(store, key, worker)
      const sql = store.queue.sql(
        'UPDATE task SET progress = ? WHERE queue = ? AND id = ? AND fence = ? AND worker = ? AND state = 2',
      )
      return updates.map(
        (update) => isHolder && sql.run(stored(update.progress), id, update.id, update.fence, worker).changes === 1,
      )
    })
  }

  async reclaim(queue: string, options: ReclaimOptions): Promise<ReclaimReply> {
    return await this.#transact(queue, (transaction) => {
      transaction.prune(PRUNED_AT_ONCE)
      return reclaim(transaction, options)
    })
  }

  async revoke(queue: string, ids: readonly string[], outcome: Encoded, ttl: number): Promise<readonly boolean[]> {
    if (!(await this.#isKnown(queue))) return ids.map(() => false)
    return await this.#transact(queue, (transaction) =>
      ids.map((id) => {
        const row = transaction.find(id)
        if (!row) return false
        if (row.state === STATE.done) return row.status === REVOKED && isSame(row.outcome, outcome)
        if (row.state === STATE.held && row.worker !== null)
          transaction.tell(row.worker, { kind: 'revoked', queue, id })
        transaction.end(row, REVOKED, outcome, ttl, 0)
        return true
      }),
    )
  }

  async get(
    queue: string,
    ids: readonly string[],
    inbox: string | null = null,
  ): Promise<readonly (TaskRecord | null)[]> {
    if (inbox === null || !(await this.#isKnown(queue))) return await this.#look(queue, ids)
    return await this.#transact(queue, (transaction) =>
      ids.map((id) => {
        const row = transaction.find(id)
        if (row && row.state !== STATE.done) follow(transaction, row, inbox)
        return row ? recordOf(row, queue) : null
      }),
    )
  }

  async size(queue: string): Promise<QueueSizes> {
    return await this.#read(queue, (store, id) => {
      const count = (where: string): number => {
        const sql = store.queue.sql(`SELECT count(*) AS count FROM task WHERE queue = ? AND ${where}`)
        return (sql.get(id) as { count: number }).count
      }
      const ready = count('state = 0 AND suspect = 0') + count('state = 0 AND suspect > 0')
      return { ready, delayed: count('state = 1'), held: count('state = 2') }
    })
  }

  async stats(queue: string): Promise<QueueStats> {
    const store = this.#handle.open()
    return await store.queue.read(() => queueStats(store, this.#handle.location.namespace, queue))
  }

  async flush(queue: string, operation: string): Promise<number> {
    if (!(await this.#isKnown(queue))) return 0
    return await this.#transact(queue, (transaction) => flush(transaction, operation))
  }

  async promote(queue: string, ids: readonly string[]): Promise<readonly boolean[]> {
    if (!(await this.#isKnown(queue))) return ids.map(() => false)
    // The last first: each goes before what is there.
    return await this.#transact(queue, (transaction) =>
      ids
        .toReversed()
        .map((id) => transaction.promote(id))
        .reverse(),
    )
  }

  async pause(queue: string): Promise<void> {
    await this.#transact(queue, (transaction) => {
      transaction.paused = true
    })
  }

  async resume(queue: string): Promise<void> {
    await this.#transact(queue, (transaction) => {
      transaction.paused = false
    })
  }

  async queues(): Promise<readonly string[]> {
    const store = this.#handle.open()
    const sql = store.queue.sql('SELECT name FROM queue WHERE namespace = ? ORDER BY id')
    const rows = await store.queue.read(() => sql.all(this.#handle.location.namespace) as { name: string }[])
    return rows.map(({ name }) => name)
  }

  async openWorker(worker: string, listener: (notice: WorkerNotice) => void): Promise<Subscription> {
    return await this.#listen('worker', worker, {
      receive(message) {
        listener(message as WorkerNotice)
      },
      missed() {
        listener({ kind: 'reconnected' })
      },
    })
  }

  async openInbox(inbox: string, listener: (notice: InboxNotice) => void): Promise<Subscription> {
    return await this.#listen('inbox', inbox, {
      receive(message) {
        listener(message as InboxNotice)
      },
      missed() {
        listener({ kind: 'reconnected' })
      },
    })
  }

  async onTaskEvent(listener: (event: TaskEvent, record: TaskRecord) => void): Promise<Subscription> {
    return await this.#listen('events', null, {
      receive(message) {
        const { event, record } = message as { event: TaskEvent; record: TaskRecord }
        listener(event, record)
      },
    })
  }

  async announce(_queue: string, event: 'started' | 'progress', records: readonly TaskRecord[]): Promise<void> {
    const store = this.#handle.open()
    const { namespace } = this.#handle.location
    if (!(await store.queue.read(() => store.notifier.isHeard('events', namespace)))) return
    const messages = records.map((record) => ({ event, record }))
    await store.queue.write((after) => store.notifier.notify('events', namespace, messages, after))
  }

  #leaseKey(queue: string): string {
    return leaseKey(this.#handle.location.namespace, queue)
  }

  async #listen(kind: ReceiverKind, name: string | null, receiver: Receiver): Promise<Subscription> {
    const { namespace } = this.#handle.location
    return await this.#handle.listen(kind, name === null ? namespace : this.#handle.qualified(name), receiver)
  }

  async #transact<T>(queue: string, act: (transaction: QueueTransaction) => T): Promise<T> {
    const store = this.#handle.open()
    return await store.queue.write((after) => {
      const transaction = new QueueTransaction(store, this.#handle.location.namespace, queue, after)
      const answer = act(transaction)
      transaction.finish()
      return answer
    })
  }

  /** With -1 for a queue that is not known, which has nothing. */
  async #read<T>(queue: string, look: (store: Store, id: number) => T): Promise<T> {
    const store = this.#handle.open()
    return await store.queue.read(() => look(store, queueId(store, this.#handle.location.namespace, queue) ?? -1))
  }

  /** Asking after a queue does not make it. */
  async #isKnown(queue: string): Promise<boolean> {
    return await this.#read(queue, (_store, id) => id >= 0)
  }

  async #look(queue: string, ids: readonly string[]): Promise<(TaskRecord | null)[]> {
    return await this.#read(queue, (store, queueNumber) => {
      const sql = store.queue.sql('SELECT * FROM task WHERE queue = ? AND id = ? AND (state <> 3 OR expires_at > ?)')
      return ids.map((id) => {
        const row = sql.get(queueNumber, id, store.clock.now()) as TaskRow | undefined
        return row ? recordOf(row, queue) : null
      })
    })
  }
}
