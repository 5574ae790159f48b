import { InvalidOptionError, described } from '../errors.js'
import { messageTypeOf } from '../consumers/message-job.js'
import type { TaskEvents } from '../execution/task-events.js'
import type { Message } from '../model/message.js'
import { classOfType } from '../model/message-registry.js'
import { dataOf, messageOf } from '../model/message-type.js'
import type { TaskEvent } from '../stores/broker.js'
import type { PubSub } from '../stores/pub-sub.js'
import type { Serializer } from '../serializers/serializer.js'
import type { Logger } from '../logging/logger.js'
import { allEnded } from '../util/all-ended.js'
import type { Subscription } from '../util/subscription.js'
import { errorMessage } from '../util/thrown.js'

/**
 * Which events a callback gets: `'*'` for all, or those whose name matches. A string is an expression that the whole name
 * matches: `'done'`, `'queued|done'`.
 */
export type EventPattern = TaskEvent | '*' | RegExp | (string & {})

/**
 * Called for each event: the type of the message, the event's name, and the message. It may be async; nothing waits for it. An
 * error is logged, and harms neither other callbacks nor the task.
 */
export type EventCallback<M extends Message = Message> = (channel: string, event: string, message: M) => unknown

/** The services that carry events. */
export interface EventParts {
  readonly events: TaskEvents
  readonly pubsub: PubSub
  readonly serializer: Serializer
  readonly logger: Logger
}

interface Entry {
  readonly messageType: string
  readonly pattern: string
  readonly matches: (event: string) => boolean
  readonly callback: EventCallback
}

/**
 * The event callbacks of one {@link Api}. Created when its app is opened. A type of message has one subscription while it has
 * any callback: task events come from the store, all others from a channel of their own.
 */
export class EventCallbacks {
  #entries: Entry[] = []
  readonly #subscriptions = new Map<string, Promise<Subscription>>()

  constructor(private readonly parts: EventParts) {}

  /** @throws {@link InvalidOptionError} for a type of message that is not registered */
  async add(messageType: string, pattern: EventPattern, callback: EventCallback): Promise<Subscription> {
    if (typeof messageType !== 'string' || classOfType(messageType) === undefined) {
      throw new InvalidOptionError(
        'messageType',
        "'task', 'consumer' or a type of @MessageType",
        described(messageType),
      )
    }
    const entry = { messageType, pattern: String(pattern), matches: matcher(pattern), callback }
    this.#entries.push(entry)
    try {
      await this.#subscribed(messageType)
    } catch (error) {
      this.#entries = this.#entries.filter((other) => other !== entry)
      throw error
    }
    const close = async (): Promise<void> => {
      await this.remove(messageType, pattern, callback)
    }
    return { close, [Symbol.asyncDispose]: close }
  }

  async remove(messageType: string, pattern: EventPattern, callback: EventCallback): Promise<void> {
    const index = this.#entries.findIndex(
      (entry) => entry.messageType === messageType && entry.pattern === String(pattern) && entry.callback === callback,
    )
    if (index < 0) return
    this.#entries.splice(index, 1)
    if (!this.#entries.some((entry) => entry.messageType === messageType)) await this.#unsubscribe(messageType)
  }

  /** Publishes an event to the listeners of that type of message, in all processes. @returns what {@link PubSub.publish} returns */
  async publish(messageType: string, event: string, message: Message): Promise<unknown> {
    const { pubsub, serializer } = this.parts
    return await pubsub.publish(messageType, event, [serializer.encode(dataOf(message))])
  }

  /** Ends all subscriptions. @throws the first failure, after the others are ended */
  async close(): Promise<void> {
    this.#entries = []
    await allEnded([...this.#subscriptions.keys()].map((type) => this.#unsubscribe(type)))
  }

  /** Subscribes to a type of message, unless that is done. A subscription that fails is tried again by the next caller. */
  async #subscribed(messageType: string): Promise<void> {
    let subscription = this.#subscriptions.get(messageType)
    if (!subscription) {
      subscription = this.#subscribe(messageType)
      this.#subscriptions.set(messageType, subscription)
    }
    try {
      await subscription
    } catch (error) {
      if (this.#subscriptions.get(messageType) === subscription) this.#subscriptions.delete(messageType)
      throw error
    }
  }

  async #subscribe(messageType: string): Promise<Subscription> {
    const { events, pubsub, serializer } = this.parts
    if (messageType === 'task') {
      return await events.subscribe((event, task) => {
        // Messages of other types are queued as tasks. They have events of their own type.
        if (messageTypeOf(task.name) === null) this.#deliver('task', event, task)
      })
    }
    return await pubsub.subscribe(messageType, (event, payload) => {
      this.#guard(() => {
        this.#deliver(messageType, event, messageOf(messageType, serializer.decode(payload) as object))
      })
    })
  }

  async #unsubscribe(messageType: string): Promise<void> {
    const subscription = this.#subscriptions.get(messageType)
    this.#subscriptions.delete(messageType)
    const established = await subscription?.catch(() => null)
    await established?.close()
  }

  #deliver(messageType: string, event: string, message: Message): void {
    for (const entry of [...this.#entries]) {
      if (entry.messageType !== messageType || !entry.matches(event)) continue
      this.#guard(() => entry.callback(messageType, event, message))
    }
  }

  #guard(act: () => unknown): void {
    const failed = (error: unknown): void => {
      this.parts.logger.error(`an event callback failed: ${errorMessage(error)}`)
    }
    try {
      Promise.resolve(act()).catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}

/** @throws {@link InvalidOptionError} for a text that is no regular expression */
function matcher(pattern: EventPattern): (event: string) => boolean {
  if (pattern === '*') return () => true
  if (typeof pattern === 'string') {
    const whole = wholeExpression(pattern)
    return (event) => event === pattern || whole.test(event)
  }
  return (event) => {
    // A global or sticky expression keeps its place between calls.
    pattern.lastIndex = 0
    return pattern.test(event)
  }
}

/** A text as the expression that a whole name matches. */
function wholeExpression(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`)
  } catch (error) {
    const hint = 'put a backslash before characters that mean themselves'
    throw new InvalidOptionError('pattern', "'*', a name or a regular expression", errorMessage(error), hint)
  }
}
