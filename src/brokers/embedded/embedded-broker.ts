import { ClosedError } from '../../errors.js'
import { QUEUED, REVOKED } from '../../model/task-state.js'
import type { TaskRecord } from '../../model/task-record.js'
import type { Encoded } from '../../util/encoded.js'
import type { Subscription } from '../../util/subscription.js'
import type {
  InboxNotice,
  LaneCall,
  LeaseState,
  NewTask,
  Outcome,
  QueueReply,
  QueueSizes,
  QueueStats,
  ReclaimOptions,
  ReclaimReply,
  SettleReply,
  TaskEvent,
  WorkerNotice,
  WorkerSpec,
} from '../broker.js'
import { Broker } from '../broker.js'
import type { EmbeddedLocation } from './embedded-url.js'
import { readEmbeddedUrl } from './embedded-url.js'
import { dropLease, grantLease, isLeased, renewLease } from './leases.js'
import { QueueTransaction } from './queue-transaction.js'
import { reclaim } from './reclaim.js'
import { STATE } from './schema.js'
import { settle } from './settle.js'
import { Store } from './store.js'
import type { TaskRow } from './task-rows.js'
import { recordOf } from './task-rows.js'

type Ends = readonly { readonly id: string; readonly record: TaskRecord | null }[]

/** Operations are remembered this long, ms. */
const OPERATIONS_STAY = 600_000
const PRUNED_AT_ONCE = 500

/**
 * The queue in SQLite: a directory that processes of one machine share, or this process's memory. Made by the wiring
 * from an `embedded:` URL; each verb is one transaction, together with the others of the same turn.
 */
export class EmbeddedBroker extends Broker {
  readonly #location: EmbeddedLocation
  #store: Store | null = null
  #closed = false

  /** @throws {@link InvalidUrlError} */
  constructor(url: string) {
    super()
    this.#location = readEmbeddedUrl(url)
  }

  get address(): string {
    return `embedded:${this.#location.directory ?? this.#location.key}`
  }

  get heartbeatUrl(): string | null {
    return this.#location.url
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous, opening a file is not
  async connect(): Promise<void> {
    if (this.#closed) throw new ClosedError('embedded broker')
    this.#store ??= Store.open(this.#location)
  }

  async close(): Promise<void> {
    this.#closed = true
    const store = this.#store
    this.#store = null
    await store?.release()
  }

  async queue(queue: string, tasks: readonly NewTask[]): Promise<readonly QueueReply[]> {
    return await this.#transact(queue, (transaction) => {
      const soonest = transaction.nextDue() ?? Infinity
      const replies = tasks.map((task) => add(transaction, task))
      if (tasks.some(({ delay }) => delay > 0 && delay < soonest)) transaction.wakeOne()
      return replies
    })
  }

  async join(queue: string, worker: WorkerSpec): Promise<LeaseState> {
    return await this.#transact(queue, ({ store }) => grantLease(store, queue, worker))
  }

  async leave(queue: string, worker: string): Promise<void> {
    await this.#transact(queue, (transaction) => {
      for (const row of transaction.heldBy(worker).reverse()) {
        transaction.putBack(row, { delay: 0, runs: row.runs - 1, crashes: row.crashes, suspect: row.suspect })
        transaction.count('returned')
      }
      transaction.store.sql('DELETE FROM lane WHERE queue = ? AND worker = ?').run(transaction.id, worker)
      transaction.store.sql('DELETE FROM idle WHERE queue = ? AND worker = ?').run(transaction.id, worker)
      dropLease(transaction.store, queue, worker)
    })
  }

  async settle(call: LaneCall, outcomes: readonly Outcome[], max: number): Promise<SettleReply> {
    return await this.#transact(call.queue, (transaction) => settle(transaction, call, outcomes, max))
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous, leases.db is not
  async renew(queue: string, worker: string): Promise<LeaseState> {
    return renewLease(this.#open(), queue, worker)
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous, reading is not
  async held(
    queue: string,
    worker: string,
    tasks: readonly { readonly id: string; readonly fence: number }[],
  ): Promise<readonly boolean[]> {
    const store = this.#open()
    const id = queueId(store, queue)
    const sql = store.sql('SELECT 1 FROM task WHERE queue = ? AND id = ? AND fence = ? AND worker = ? AND state = 2')
    return tasks.map((task) => id !== null && sql.get(id, task.id, task.fence, worker) !== undefined)
  }

  async progress(
    queue: string,
    worker: string,
    updates: readonly { readonly id: string; readonly fence: number; readonly progress: Encoded }[],
  ): Promise<readonly boolean[]> {
    return await this.#transact(queue, ({ store, id }) => {
      if (!isLeased(store, queue, worker)) return updates.map(() => false)
      const sql = store.sql(
        'UPDATE task SET progress = ? WHERE queue = ? AND id = ? AND fence = ? AND worker = ? AND state = 2',
      )
      return updates.map(
        (update) => Number(sql.run(update.progress, id, update.id, update.fence, worker).changes) === 1,
      )
    })
  }

  async reclaim(queue: string, options: ReclaimOptions): Promise<ReclaimReply> {
    return await this.#transact(queue, (transaction) => {
      prune(transaction)
      return reclaim(transaction, options)
    })
  }

  async revoke(queue: string, ids: readonly string[], outcome: Encoded, ttl: number): Promise<readonly boolean[]> {
    return await this.#transact(queue, (transaction, after) =>
      ids.map((id) => {
        const row = transaction.find(id)
        if (!row) return false
        if (row.state === STATE.done) return row.status === REVOKED && isSame(row.outcome, outcome)
        if (row.state === STATE.held && row.worker !== null) {
          transaction.store.notify('worker', row.worker, [{ kind: 'revoked', queue, id }], after)
        }
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
    if (inbox === null) return this.#look(queue, ids)
    return await this.#transact(queue, (transaction) =>
      ids.map((id) => {
        const row = transaction.find(id)
        if (!row) return null
        if (row.state !== STATE.done) follow(transaction, row, inbox)
        return recordOf(row, queue)
      }),
    )
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous, reading is not
  async size(queue: string): Promise<QueueSizes> {
    const store = this.#open()
    const sql = store.sql('SELECT count(*) AS count FROM task WHERE queue = ? AND state = ?')
    const id = queueId(store, queue)
    const count = (state: number): number => (id === null ? 0 : (sql.get(id, state) as { count: number }).count)
    return { ready: count(STATE.ready), delayed: count(STATE.delayed), held: count(STATE.held) }
  }

  async stats(queue: string): Promise<QueueStats> {
    return await this.#transact(queue, (transaction) => transaction.stats)
  }

  async flush(queue: string, operation: string): Promise<number> {
    return await this.#transact(queue, ({ store, id, now }) => {
      const known = store.sql('SELECT answer FROM operation WHERE id = ?').get(operation) as
        { answer: number } | undefined
      if (known) return known.answer
      const { changes } = store.sql('DELETE FROM task WHERE queue = ? AND state IN (0, 1)').run(id)
      store.sql('INSERT INTO operation (id, answer, at) VALUES (?, ?, ?)').run(operation, Number(changes), now)
      store.sql('DELETE FROM operation WHERE at < ?').run(now - OPERATIONS_STAY)
      return Number(changes)
    })
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

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous, reading is not
  async queues(): Promise<readonly string[]> {
    const rows = this.#open().sql('SELECT name FROM queue WHERE namespace = ?').all(this.#location.namespace)
    return (rows as { name: string }[]).map(({ name }) => name)
  }

  async openWorker(worker: string, listener: (notice: WorkerNotice) => void): Promise<Subscription> {
    return subscription(
      await this.#open().listen('worker', worker, (message) => {
        listener(message as WorkerNotice)
      }),
    )
  }

  async openInbox(inbox: string, listener: (notice: InboxNotice) => void): Promise<Subscription> {
    return subscription(
      await this.#open().listen('inbox', inbox, (message) => {
        listener({ kind: 'done', tasks: message as Ends })
      }),
    )
  }

  async onTaskEvent(listener: (event: TaskEvent, record: TaskRecord) => void): Promise<Subscription> {
    return subscription(
      await this.#open().listen('events', this.#location.namespace, (message) => {
        const { event, record } = message as { event: TaskEvent; record: TaskRecord }
        listener(event, record)
      }),
    )
  }

  async announce(_queue: string, event: 'started' | 'progress', records: readonly TaskRecord[]): Promise<void> {
    const store = this.#open()
    const messages = records.map((record) => ({ event, record }))
    await store.writer.write((after) => store.notify('events', this.#location.namespace, messages, after))
  }

  #open(): Store {
    if (!this.#store) throw new ClosedError('embedded broker')
    return this.#store
  }

  async #transact<T>(
    queue: string,
    act: (transaction: QueueTransaction, after: (action: () => void) => void) => T,
  ): Promise<T> {
    const store = this.#open()
    return await store.writer.write((after) => {
      const transaction = new QueueTransaction(store, queue, after)
      const answer = act(transaction, after)
      transaction.finish()
      return answer
    })
  }

  #look(queue: string, ids: readonly string[]): (TaskRecord | null)[] {
    const store = this.#open()
    const queueRow = queueId(store, queue)
    const sql = store.sql('SELECT * FROM task WHERE queue = ? AND id = ? AND (state <> 3 OR expires_at > ?)')
    return ids.map((id) => {
      const row = queueRow === null ? undefined : (sql.get(queueRow, id, Date.now()) as TaskRow | undefined)
      return row ? recordOf(row, queue) : null
    })
  }
}

function add(transaction: QueueTransaction, task: NewTask): QueueReply {
  const { id, body, priority, delay, inbox } = task
  const { store, now } = transaction
  const known = transaction.find(id)
  if (known) {
    const over = known.state === STATE.done
    if (!over && inbox !== null) follow(transaction, known, inbox)
    return { id, verdict: 'exists', queuedAt: known.queued_at, record: over ? recordOf(known, transaction.name) : null }
  }
  const place = delay > 0 ? 0 : transaction.nextPlace()
  const state = delay > 0 ? STATE.delayed : STATE.ready
  store
    .sql(
      'INSERT INTO task (queue, id, state, status, priority, place, due, body, queued_at, inboxes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    .run(transaction.id, id, state, QUEUED, priority, place, now + delay, body, now, inbox)
  transaction.count('queued')
  if (transaction.listened) {
    const row = transaction.find(id)
    if (row) transaction.announceQueued(row)
  }
  return { id, verdict: 'queued', queuedAt: now, record: null }
}

function follow({ store }: QueueTransaction, row: TaskRow, inbox: string): void {
  const inboxes = row.inboxes?.split('\n') ?? []
  if (!inboxes.includes(inbox)) {
    store.sql('UPDATE task SET inboxes = ? WHERE seq = ?').run([...inboxes, inbox].join('\n'), row.seq)
  }
}

/** Deletes finished records whose time is over, and what dead processes left. */
function prune({ store, now }: QueueTransaction): void {
  store
    .sql('DELETE FROM task WHERE seq IN (SELECT seq FROM task WHERE state = 3 AND expires_at <= ? LIMIT ?)')
    .run(now, PRUNED_AT_ONCE)
  store.forgetDead()
}

function queueId(store: Store, queue: string): number | null {
  const row = store.sql('SELECT id FROM queue WHERE namespace = ? AND name = ?').get(store.location.namespace, queue)
  return (row as { id: number } | undefined)?.id ?? null
}

function isSame(stored: string | Uint8Array | null, given: Encoded): boolean {
  return stored !== null && Buffer.from(stored as string).equals(Buffer.from(given as string))
}

function subscription(stop: () => Promise<void>): Subscription {
  const close = async (): Promise<void> => {
    await stop()
  }
  return { close, [Symbol.asyncDispose]: close }
}
