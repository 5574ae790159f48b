import { BrokerFullError } from '../../../errors.js'
import { RedisConnection } from '../connection/redis-connection.js'
import { RedisSubscriber } from '../connection/redis-subscriber.js'
import type { RedisLocation } from '../connection/redis-url.js'
import type { TaggedKeys } from '../layout/keys.js'
import { LAYOUT, NamespaceKeys, queueKeys } from '../layout/keys.js'
import type { ScriptCall, ScriptInput, ScriptName } from '../scripts/script.js'
import { Script } from '../scripts/script.js'
import { LARGE_PAYLOAD } from '../../policy.js'
import { EventListeners } from '../connection/event-listeners.js'

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
  readonly events: EventListeners
  readonly space: NamespaceKeys
  readonly #keys = new Map<string, TaggedKeys>()
  readonly #registered = new Map<string, Promise<void>>()

  constructor(readonly location: RedisLocation) {
    this.connection = new RedisConnection(location, 'pulsar-queue')
    this.freight = new RedisConnection(location, 'pulsar-queue-freight')
    this.subscriber = new RedisSubscriber(location)
    this.space = new NamespaceKeys(location.namespace)
    this.events = new EventListeners(this.connection, this.subscriber, this.space, (queue) => this.keysOf(queue))
  }

  /**
   * Runs a verb's script on a queue.
   *
   * @param again - input of each further attempt, where it differs
   * @param connection - another one than that of most calls
   */
  async run(
    name: ScriptName,
    queue: string,
    input: ScriptInput = {},
    again?: () => ScriptInput,
    connection = this.connection,
  ): Promise<unknown> {
    const script = Script.named(name)
    const keys = this.keysOf(queue)
    const call = ({ args, ...rest }: ScriptInput): ScriptCall =>
      script.call(keys, { args: { layout: LAYOUT, channels: this.space.channels, queue, ...args }, ...rest })
    const send = async (): Promise<unknown> => await connection.run(script, call(input), again && (() => call(again())))
    const registered = this.#registered.get(queue)
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('UNKNOWN'))) throw error
      // The server has lost its data, by a restart or a FLUSHALL. Another call may have registered the queue again meanwhile.
      if (this.#registered.get(queue) === registered) this.#registered.delete(queue)
      await this.register(queue)
      return await send()
    }
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

  /** Adds a queue to the list of all queues, and the listeners to task events to the queue, once. */
  async register(queue: string): Promise<void> {
    let registered = this.#registered.get(queue)
    if (!registered) {
      registered = this.events.register(queue)
      this.#registered.set(queue, registered)
      registered.catch(() => {
        if (this.#registered.get(queue) === registered) this.#registered.delete(queue)
      })
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

  async close(): Promise<void> {
    await this.events.close()
    await Promise.all([this.subscriber.close(), this.connection.close(), this.freight.close()])
  }
}
