import type { Subscription } from '../../../util/subscription.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import type { AfterCommit } from '../database/transaction-queue.js'
import type { EmbeddedDurability } from '../database/embedded-url.js'
import type { Receiver, ReceiverKind } from '../notices/receivers.js'
import type { Store } from '../store.js'
import type { StoreHandle } from '../store-handle.js'
import { leaseKey } from '../tables/leases.js'
import { onceMore } from '../tables/once-more.js'
import { quarantineUnreadable } from '../tables/quarantine.js'
import { queueId } from '../tables/queue-rows.js'
import { QueueTransaction } from '../tables/queue-transaction.js'
import { repairMetrics } from '../tables/repair-metrics.js'

/** The number that no queue has. */
const NO_QUEUE = -1

/** The access to the store that the verbs of one broker share. Created by the broker. */
export class EmbeddedSession {
  constructor(private readonly handle: StoreHandle) {}

  get namespace(): string {
    return this.handle.location.namespace
  }

  /** @throws {@link ClosedError}, and what opening a store throws */
  get store(): Store {
    return this.handle.open()
  }

  /** Runs `act` in a transaction on a queue. The queue is created where the store has not seen it. */
  async transact<T>(
    queue: string,
    act: (transaction: QueueTransaction) => T,
    durability?: EmbeddedDurability,
  ): Promise<T> {
    const { store } = this
    return await this.readable(() =>
      store.queue.write((afterCommit) => this.#actOn(store, queue, afterCommit, act), durability),
    )
  }

  /**
   * The same for a queue that the store has seen: it creates none. It looks for the queue in the transaction, so that calls take effect in the
   * order in which they are made, and no queue is created that was forgotten since a look.
   *
   * @param otherwise - the answer where the store has not seen the queue
   */
  async transactKnown<T>(queue: string, otherwise: T, act: (transaction: QueueTransaction) => T): Promise<T> {
    const { store } = this
    return await this.readable(() =>
      store.queue.write((afterCommit) =>
        queueId(store.queue, this.namespace, queue) === null ? otherwise : this.#actOn(store, queue, afterCommit, act),
      ),
    )
  }

  #actOn<T>(store: Store, queue: string, afterCommit: AfterCommit, act: (transaction: QueueTransaction) => T): T {
    const transaction = new QueueTransaction(store, this.namespace, queue, afterCommit)
    const answer = act(transaction)
    transaction.finish()
    return answer
  }

  /** Runs `act` in a transaction on two queues. @param otherwise - the answer where the store has not seen the first one */
  async transactTwo<T>(
    queue: string,
    other: string,
    otherwise: T,
    act: (transaction: QueueTransaction, other: QueueTransaction) => T,
  ): Promise<T> {
    const { store } = this
    return await this.readable(() =>
      store.queue.write((afterCommit) => {
        if (queueId(store.queue, this.namespace, queue) === null) return otherwise
        const both = [queue, other].map((name) => new QueueTransaction(store, this.namespace, name, afterCommit))
        const [first, second] = both as [QueueTransaction, QueueTransaction]
        const answer = act(first, second)
        for (const transaction of both) transaction.finish()
        return answer
      }),
    )
  }

  /** Runs `act` in a transaction on the leases of a queue. */
  async transactLeases<T>(queue: string, act: (leases: DatabaseConnection, key: string) => T): Promise<T> {
    const { leases } = this.store
    return await leases.write(() => act(leases, leaseKey(this.namespace, queue)))
  }

  /** Reads a queue without creating it. @param look - gets the queue's number, or `NO_QUEUE` if the store has not seen it */
  async read<T>(queue: string, look: (db: DatabaseConnection, id: number) => T): Promise<T> {
    const { queue: db } = this.store
    return await this.readable(() => db.read(() => look(db, queueId(db, this.namespace, queue) ?? NO_QUEUE)))
  }

  /** Acts. Where rows cannot be read, makes them readable and acts once more, so that a bad row blocks no verb. */
  async readable<T>(act: () => Promise<T>): Promise<T> {
    return await onceMore(act, async () => {
      const { store } = this
      await store.queue.write((afterCommit) => {
        quarantineUnreadable(store, store.clock.now(), afterCommit)
      })
    })
  }

  /** The same for what acts on metrics.db. */
  async readableMetrics<T>(act: (metrics: DatabaseConnection) => Promise<T>): Promise<T> {
    const { metrics, clock } = this.store
    return await onceMore(
      () => act(metrics),
      async () => {
        await metrics.write(() => {
          repairMetrics(metrics, clock.now())
        })
      },
    )
  }

  /** Subscribes to the messages for a name; null: for the whole namespace. */
  async listen(kind: ReceiverKind, name: string | null, receiver: Receiver): Promise<Subscription> {
    return await this.handle.listen(kind, name === null ? this.namespace : this.handle.qualified(name), receiver)
  }
}
