import { BrokerFullError } from '../../../errors.js'
import { FORGET_AFTER, LARGE_PAYLOAD } from '../../policy.js'
import { EventListeners } from '../connection/event-listeners.js'
import { QueueRegistry } from '../connection/queue-registry.js'
import { RedisConnection } from '../connection/redis-connection.js'
import { RedisSubscriber } from '../connection/redis-subscriber.js'
import type { RedisLocation } from '../connection/redis-url.js'
import type { Bytes } from '../layout/bytes.js'
import { bytesOf, NONE } from '../layout/bytes.js'
import type { TaggedKeys } from '../layout/keys.js'
import { LAYOUT, NamespaceKeys, queueKeys } from '../layout/keys.js'
import { slotNames } from '../layout/result-slots.js'
import type { ScriptCall, ScriptInput, ScriptName } from '../scripts/script.js'
import { Script } from '../scripts/script.js'

/** Command by which scripts publish. In a cluster it will be SPUBLISH, with the prefix of the queue's own channels. */
const PUBLISH = bytesOf('PUBLISH')
/** Number of the partition: no queue has several yet. */
const PARTITION = bytesOf('0')

/**
 * Connections and keys that the verbs of one broker share. One connection sends calls. Another one receives notices; it is
 * opened with the first subscription. A third one sends large payloads; it is opened with the first. A call that was cut off is
 * sent again, under the same number or id.
 */
export class RedisSession {
  readonly connection: RedisConnection
  /** For calls that take long to send: all others need not wait behind them. */
  readonly freight: RedisConnection
  readonly subscriber: RedisSubscriber
  readonly registry: QueueRegistry
  readonly events: EventListeners
  readonly space: NamespaceKeys
  readonly #keys = new Map<string, TaggedKeys>()
  readonly #registered = new Map<string, Promise<void>>()
  /** Slots of records that are in use, by queue, as the server said last. */
  readonly #slots = new Map<string, Bytes>()

  constructor(readonly location: RedisLocation) {
    this.connection = new RedisConnection(location, 'pulsar-queue')
    this.freight = new RedisConnection(location, 'pulsar-queue-freight')
    this.subscriber = new RedisSubscriber(location)
    this.space = new NamespaceKeys(location.namespace)
    const keysOf = (queue: string): TaggedKeys => this.keysOf(queue)
    this.registry = new QueueRegistry(this.connection, this.space, keysOf, location.address)
    this.events = new EventListeners(this.connection, this.subscriber, this.space, this.registry)
  }

  /** A call of a verb's script on a queue. */
  call(name: ScriptName, queue: string, { args, ...rest }: ScriptInput = {}): ScriptCall {
    const common = {
      layout: bytesOf(LAYOUT),
      channels: bytesOf(this.space.channels),
      publish: PUBLISH,
      queue: bytesOf(queue),
      partition: PARTITION,
    }
    return Script.named(name).call(this.keysOf(queue), { args: { ...common, ...args }, ...rest })
  }

  /**
   * Runs a verb's script on a queue.
   *
   * @param again - the call of each further attempt, where it differs
   * @param connection - another one than that of most calls
   */
  async run(
    name: ScriptName,
    queue: string,
    input: ScriptInput = {},
    again?: () => ScriptCall,
    connection = this.connection,
  ): Promise<unknown> {
    const send = async (): Promise<unknown> => await connection.run(this.call(name, queue, input), again)
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('UNKNOWN'))) throw error
      // The server has lost its data, by a restart or a FLUSHALL.
      this.#registered.delete(queue)
      await this.register(queue)
      return await send()
    }
  }

  /**
   * Runs a script that looks for records: again, if the server says that they lie in other slots than we know of.
   *
   * @param connection - another one than that of most calls
   */
  async runOverSlots(
    name: ScriptName,
    queue: string,
    input: (slots: SlotInput) => ScriptInput,
    connection = this.connection,
  ): Promise<unknown> {
    for (;;) {
      try {
        return await this.run(name, queue, input(this.slotInput(queue)), undefined, connection)
      } catch (error) {
        if (!this.noteSlots(queue, error)) throw error
      }
    }
  }

  /** Takes in what the server says of the slots in use. @returns whether the error says that */
  noteSlots(queue: string, error: unknown): boolean {
    if (!(error instanceof Error && error.message.startsWith('SLOTS'))) return false
    this.#slots.set(queue, bytesOf(error.message.slice(6)))
    return true
  }

  /** Keys and argument of the slots in use. */
  slotInput(queue: string): SlotInput {
    const slots = this.#slots.get(queue) ?? NONE
    const keys = this.keysOf(queue)
    return { slots, keys: slotNames(slots).map((name) => keys.slot(name)) }
  }

  /** The connection for a call with these payloads. The size of each counts: many small ones keep their order among the others. */
  connectionFor(payloads: readonly { readonly length: number }[]): RedisConnection {
    return payloads.some(({ length }) => length >= LARGE_PAYLOAD) ? this.freight : this.connection
  }

  keysOf(queue: string): TaggedKeys {
    let keys = this.#keys.get(queue)
    if (!keys) {
      keys = queueKeys(this.location.namespace, queue)
      this.#keys.set(queue, keys)
    }
    return keys
  }

  /** Time of the server, ms since the epoch, as far as it is known. */
  async now(): Promise<number> {
    const { serverTime } = this.connection
    return Number.isFinite(serverTime) ? serverTime : await this.connection.askServerTime()
  }

  /** Adds a queue to the list of all queues, and the listeners to task events to the queue, once. */
  async register(queue: string): Promise<void> {
    let registered = this.#registered.get(queue)
    if (!registered) {
      registered = this.registry.register(queue)
      this.#registered.set(queue, registered)
      registered.catch(() => this.#registered.delete(queue))
    }
    await registered
  }

  /** Registers a queue unless the server's memory is full. A queue with tasks was registered by their producer. */
  async registerIfRoom(queue: string): Promise<void> {
    try {
      await this.register(queue)
    } catch (error) {
      if (!(error instanceof BrokerFullError)) throw error
    }
  }

  /** Forgets a queue that is empty, has no worker, and was not used for long, unless it is used again. */
  async forget(queue: string): Promise<void> {
    const registeredAt = await this.registry.registeredAt(queue)
    if (registeredAt === null || registeredAt > (await this.now()) - FORGET_AFTER) return
    if ((await this.run('queue/forget', queue)) !== 1) return
    this.#registered.delete(queue)
    await this.registry.unregister(queue)
  }

  async close(): Promise<void> {
    await this.events.close()
    await Promise.all([this.subscriber.close(), this.connection.close(), this.freight.close()])
  }
}

/** Where records lie: what a script compares with its own view, and the keys. */
export interface SlotInput {
  readonly slots: Bytes
  readonly keys: readonly Bytes[]
}
