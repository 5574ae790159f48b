import { Broker } from '../stores/broker.js'
import type { JobContainer, Token } from '../container/container.js'
import { TsyringeContainer } from '../container/tsyringe-container.js'
import { InvalidSettingError, NotStartedError, described } from '../errors.js'
import type { PermitStore } from '../stores/permit-store.js'
import { Manager } from '../manager/manager.js'
import { Config } from '../model/config.js'
import { PubSub } from '../stores/pub-sub.js'
import { JsonSerializer } from '../serializers/json-serializer.js'
import { MsgpackSerializer } from '../serializers/msgpack-serializer.js'
import { Serializer } from '../serializers/serializer.js'
import { Logger } from '../logging/logger.js'
import type { StoreFactory } from '../stores/register-broker.js'
import { loadTelemetry } from '../telemetry/load-telemetry.js'
import { Telemetry } from '../telemetry/telemetry.js'
import { GuardedLogger } from '../logging/guarded-logger.js'
import type { ReadableLines } from '../logging/pino-logger.js'
import { loadReadableLines, PinoLogger } from '../logging/pino-logger.js'

/** The settings in force, and the stores that they name. */
interface Defaults {
  readonly config: Config
  readonly brokerStore: StoreFactory
  readonly dataStore: StoreFactory
  readonly readableLines: ReadableLines
}

/**
 * The bindings of an app: the defaults, and what the application binds in place of them. Created by {@link AppContext}.
 *
 * 1. `useSettings()` binds what the application has not bound, each time the settings are read. 2. `seal()` ends rebinding.
 * 3. `forget()` makes the next opening build its services anew.
 */
export class AppBindings {
  readonly container: JobContainer
  #boundByUser: readonly Token[] | null = null
  #defaults: Defaults | null = null
  #defaultBroker: Broker | null = null
  #defaultPubSub: PubSub | null = null

  /**
   * @param given - the option `container`; absent: a container of the app's own
   * @param loadStore - loads the implementation for a store URL
   */
  constructor(
    given: object | undefined,
    private readonly loadStore: (url: string) => Promise<StoreFactory>,
  ) {
    if (given !== undefined && !isContainer(given)) {
      throw new InvalidSettingError('container', 'what fromTypedi() gives, or absent', described(given), 'constructor')
    }
    this.container = given ?? new TsyringeContainer()
  }

  /**
   * Whether task events travel through `PubSub`: it or the broker was rebound, or the data store is not the message broker.
   * Otherwise the broker announces them itself.
   */
  get publishesTaskEvents(): boolean {
    const { container } = this
    const { dataStore, messageBroker } = this.#use().config
    const isDefault =
      container.resolve(Broker) === this.#defaultBroker && container.resolve(PubSub) === this.#defaultPubSub
    return !isDefault || dataStore !== messageBroker
  }

  /** The logger of the app. One that the application has bound may throw or reject: that harms nothing. */
  get logger(): Logger {
    const logger = this.container.resolve(Logger)
    return logger instanceof PinoLogger ? logger : new GuardedLogger(logger)
  }

  /** The tokens that the application has bound through the container's face. */
  get boundByUser(): readonly Token[] {
    return this.#boundByUser ?? []
  }

  /** @throws {@link InvalidUrlError} for a store whose scheme is not known */
  async useSettings(config: Config): Promise<void> {
    // One after the other: before Node 24, Jest cannot link modules that two imports at once share.
    const brokerStore = await this.loadStore(config.messageBroker)
    const dataStore = await this.loadStore(config.dataStore)
    const readableLines = await loadReadableLines()
    this.#defaults = { config, brokerStore, dataStore, readableLines }
    if (this.#boundByUser !== null) return
    this.#boundByUser = this.container.bound
    this.#bind(Config, () => this.#use().config)
    this.#bind(Logger, () => {
      const { config: now, readableLines: readable } = this.#use()
      return new PinoLogger(now.name, now.logLevel, readable)
    })
    this.#bind(Serializer, () => serializerOf(this.#use().config))
    this.#bind(Broker, () => {
      const { brokerStore: store, config: now } = this.#use()
      return (this.#defaultBroker = store.broker(now.messageBroker, {
        ...now.storeOptions,
        durability: now.durability,
      }))
    })
    this.#bind(PubSub, () => {
      const { dataStore: store, config: now } = this.#use()
      return (this.#defaultPubSub = store.pubsub(now.dataStore, now.storeOptions))
    })
    this.#bind(Manager, () => new Manager())
  }

  /** Makes the store of the app's locks and limits. */
  createPermitStore(): PermitStore {
    const { dataStore, config } = this.#use()
    return dataStore.locks(config.dataStore, config.storeOptions)
  }

  /** What records the tasks: the application's own, or what the setting asks for; null: nothing does. */
  async telemetry(): Promise<Telemetry | null> {
    const { telemetry } = this.#use().config
    if (telemetry !== 'none' && this.container.isRegistered(Telemetry)) return this.container.resolve(Telemetry)
    return await loadTelemetry(telemetry)
  }

  seal(): void {
    this.container.seal()
  }

  /** Forgets the services that were built: after a failed opening has closed them. */
  forget(): void {
    this.container.forget()
  }

  #bind<T>(token: Token<T>, make: () => T): void {
    if (!this.container.isRegistered(token)) this.container.register(token, { useFactory: make })
  }

  #use(): Defaults {
    if (this.#defaults === null) throw new NotStartedError('a service of the app was asked for')
    return this.#defaults
  }
}

function serializerOf({ messageSerializer }: Config): Serializer {
  return messageSerializer === 'json' ? new JsonSerializer() : new MsgpackSerializer()
}

function isContainer(value: object): value is JobContainer {
  return 'build' in value && 'register' in value && 'resolve' in value
}
