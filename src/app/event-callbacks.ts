import { InvalidOptionError, described } from '../errors.js'
import type { TaskEvents } from '../execution/task-events.js'
import type { Task } from '../model/task.js'
import type { Logger } from '../util/logger.js'
import type { Subscription } from '../util/subscription.js'
import type { EventCallback, EventPattern } from './event-types.js'

interface Entry {
  readonly pattern: string
  readonly matches: (event: string) => boolean
  readonly callback: EventCallback
}

/** The callbacks of one {@link Api}. The store is listened to while there is one. */
export class EventCallbacks {
  #entries: Entry[] = []
  #subscription: Promise<Subscription> | null = null

  constructor(
    private readonly events: TaskEvents,
    private readonly logger: Logger,
  ) {}

  /** @throws {@link InvalidOptionError} for a type of message that nobody announces */
  async add(messageType: string, pattern: EventPattern, callback: EventCallback): Promise<Subscription> {
    if (messageType !== 'task') throw new InvalidOptionError('messageType', "'task'", described(messageType))
    this.#entries.push({ pattern: String(pattern), matches: matcher(pattern), callback })
    this.#subscription ??= this.events.subscribe((event, task) => {
      this.#deliver(event, task)
    })
    await this.#subscription
    const close = async (): Promise<void> => {
      await this.remove(messageType, pattern, callback)
    }
    return { close, [Symbol.asyncDispose]: close }
  }

  async remove(messageType: string, pattern: EventPattern, callback: EventCallback): Promise<void> {
    const index = this.#entries.findIndex(
      (entry) => entry.pattern === String(pattern) && entry.callback === callback && messageType === 'task',
    )
    if (index < 0) return
    this.#entries.splice(index, 1)
    if (this.#entries.length === 0) await this.#unsubscribe()
  }

  async close(): Promise<void> {
    this.#entries = []
    await this.#unsubscribe()
  }

  async #unsubscribe(): Promise<void> {
    const subscription = this.#subscription
    this.#subscription = null
    await (await subscription)?.close()
  }

  #deliver(event: string, task: Task): void {
    for (const entry of [...this.#entries]) {
      if (!entry.matches(event)) continue
      try {
        entry.callback('task', event, task)
      } catch (error) {
        this.logger.error(`an event callback threw: ${String(error)}`)
      }
    }
  }
}

function matcher(pattern: EventPattern): (event: string) => boolean {
  if (pattern === '*') return () => true
  if (typeof pattern === 'string') return (event) => event === pattern
  return (event) => {
    // A global or sticky expression keeps its place between calls.
    pattern.lastIndex = 0
    return pattern.test(event)
  }
}
