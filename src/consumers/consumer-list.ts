import type { Container } from '../container/container.js'
import { InvalidSettingError } from '../errors.js'
import type { Message } from '../model/message.js'
import { classOfType, typeOfClass } from '../model/message-registry.js'
import type { Logger } from '../logging/logger.js'
import type { ConsumerBackend, ConsumerClass, ConsumerWorker } from './consumer-api.js'
import { ConsumerAPI } from './consumer-api.js'
import { MessageJob } from './message-job.js'
import { errorMessage } from '../util/thrown.js'
import { unawaited } from '../util/unawaited.js'

const NAME = /^[a-z_$][\w$]*$/i

/** The consumers of one app in this process. Created when the app is opened. */
export class ConsumerList {
  readonly all: readonly ConsumerAPI[]
  readonly #byType = new Map<string, ConsumerAPI>()
  readonly #registered: ConsumerAPI[] = []
  readonly #started = new Set<ConsumerAPI>()

  /**
   * Builds the consumers.
   *
   * @param taken - members of an api; no consumer may have one of these names
   * @throws {@link InvalidSettingError} for a name or a type of message that is malformed or taken; {@link InjectionError}
   */
  constructor(
    classes: readonly ConsumerClass[],
    container: Container,
    taken: ReadonlySet<string>,
    private readonly logger: Logger,
  ) {
    this.all = classes.map((target) => container.resolve(target))
    const names = new Set(taken)
    for (const consumer of this.all) {
      const { name } = consumer
      if (typeof name !== 'string' || !NAME.test(name)) throw wrong('consumers with a name', JSON.stringify(name))
      if (names.has(name)) throw wrong('consumers with names of their own', `${name}, which is taken`)
      names.add(name)
      for (const type of typesOf(consumer)) {
        const other = this.#byType.get(type)
        if (other) throw wrong(`one consumer for messages of type ${type}`, `${other.name} and ${name}`)
        this.#byType.set(type, consumer)
      }
    }
  }

  /** The internal jobs of messages, one for each type: a message is queued as a task of such a job. */
  jobs(): MessageJob[] {
    return [...this.#byType].map(([type, consumer]) => new MessageJob(type, consumer))
  }

  /** The consumer of a message; undefined: none takes it. */
  consumerOf(message: Message): ConsumerAPI | undefined {
    return this.#byType.get(typeOfClass(message.constructor) ?? '')
  }

  async register(backend: (name: string) => ConsumerBackend): Promise<void> {
    for (const consumer of this.all) {
      ConsumerAPI.attach(consumer, backend(consumer.name))
      await consumer.register()
      this.#registered.push(consumer)
    }
  }

  /** Starts each consumer once: a test has several workers in one process, one after another. */
  async start(worker: ConsumerWorker): Promise<void> {
    for (const consumer of this.all) {
      if (this.#started.has(consumer)) continue
      await consumer.start(worker)
      this.#started.add(consumer)
    }
  }

  tick(): void {
    for (const consumer of this.all) void this.#guard(consumer, 'tick', () => consumer.tick())
  }

  /** The `info()` of each consumer, by name; null where it failed. */
  info(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      this.all.map((consumer) => {
        try {
          return [consumer.name, unawaited(consumer.info())]
        } catch (error) {
          this.logger.error(`consumer ${consumer.name}: info() failed: ${errorMessage(error)}`)
          return [consumer.name, null]
        }
      }),
    )
  }

  /** Closes the consumers that were registered, the last one first. */
  async close(): Promise<void> {
    for (const consumer of this.#registered.splice(0).reverse()) {
      await this.#guard(consumer, 'close', () => consumer.close())
    }
  }

  async #guard(consumer: ConsumerAPI, what: string, act: () => void | Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      this.logger.error(`consumer ${consumer.name}: ${what}() failed: ${errorMessage(error)}`)
    }
  }
}

function typesOf(consumer: ConsumerAPI): readonly string[] {
  const { messages, name } = consumer
  if (messages === null) return classOfType(name) === undefined ? [] : [name]
  return messages.map((target) => {
    const type = typeOfClass(target)
    if (type === undefined) throw wrong('consumers of classes with @MessageType', `${name} with ${target.name}`)
    return type
  })
}

function wrong(expected: string, received: string): InvalidSettingError {
  return new InvalidSettingError('consumers', expected, received, 'constructor')
}
