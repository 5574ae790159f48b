import type { Subscription } from '../../../util/subscription.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import type { EmbeddedDurability } from '../database/embedded-url.js'
import type { Receiver, ReceiverKind } from '../notices/receivers.js'
import type { Store } from '../store.js'
import type { StoreHandle } from '../store-handle.js'
import { leaseKey } from '../tables/leases.js'
import { isUnreadable, quarantineUnreadable } from '../tables/quarantine.js'
import { queueId } from '../tables/queue-rows.js'
import { QueueTransaction } from '../tables/queue-transaction.js'

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
      store.queue.write((afterCommit) => {
        const transaction = new QueueTransaction(store, this.namespace, queue, afterCommit)
        const answer = act(transaction)
        transaction.finish()
        return answer
      }, durability),
    )
  }

  /** Runs `act` in a transaction on two queues. */
  async transactTwo<T>(
    queue: string,
    other: string,
    act: (transaction: QueueTransaction, other: QueueTransaction) => T,
  ): Promise<T> {
    const { store } = this
    return await this.readable(() =>
      store.queue.write((afterCommit) => {
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

  /** Whether the store has seen a queue. The call does not create it. */
  async isKnown(queue: string): Promise<boolean> {
    return await this.read(queue, (_db, id) => id !== NO_QUEUE)
  }

  /** Acts. Where rows cannot be read, makes them readable and acts once more, so that a bad row blocks no verb. */
  async readable<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      if (!isUnreadable(error)) throw error
    }
    const { queue, clock } = this.store
    await queue.write(() => {
      quarantineUnreadable(queue, clock.now())
    })
    return await act()
  }

  /** Subscribes to the messages for a name; null: for the whole namespace. */
  async listen(kind: ReceiverKind, name: string | null, receiver: Receiver): Promise<Subscription> {
    return await this.handle.listen(kind, name === null ? this.namespace : this.handle.qualified(name), receiver)
  }
}
