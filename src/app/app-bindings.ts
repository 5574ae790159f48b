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
import { PinoLogger } from '../logging/pino-logger.js'

/**
 * What an app binds by default, and what its user binds in place of that. Made by {@link AppContext}.
 *
 * `useSettings()` binds what is still unbound, from the settings; `seal()` ends rebinding.
 */
export class AppBindings {
  readonly container: JobContainer
  /** What the application itself has bound. */
  #bound: readonly Token[] = []
  #ownBroker: Broker | null = null
  #ownPubSub: PubSub | null = null
  #config: Config | null = null
  #dataStore: StoreFactory | null = null

  /**
   * @param given - what the option `container` held; absent: a container of the app's own
   * @param loadStore - loads what a store URL needs
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
   * Whether task events go through `PubSub`: it was rebound, or the data store is not the message broker. Otherwise the
   * broker announces them itself.
   */
  get carriesTaskEvents(): boolean {
    const { container } = this
    const own = container.resolve(Broker) === this.#ownBroker && container.resolve(PubSub) === this.#ownPubSub
    return !own || this.#config?.dataStore !== this.#config?.messageBroker
  }

  /** What the application itself has bound through the container's face. */
  get boundByUser(): readonly Token[] {
    return this.#bound
  }

  /** @throws {@link InvalidUrlError} for a store whose scheme is not known */
  async useSettings(config: Config): Promise<void> {
    if (this.#config) return
    this.#config = config
    this.#bound = this.container.bound
    const [brokerStore, dataStore] = await Promise.all([
      this.loadStore(config.messageBroker),
      this.loadStore(config.dataStore),
    ])
    this.#dataStore = dataStore
    this.#bind(Config, () => config)
    this.#bind(Logger, () => new PinoLogger(config.name, config.logLevel))
    this.#bind(Serializer, () => (config.messageSerializer === 'json' ? new JsonSerializer() : new MsgpackSerializer()))
    this.#bind(Broker, () => (this.#ownBroker = brokerStore.broker(config.messageBroker)))
    this.#bind(PubSub, () => (this.#ownPubSub = dataStore.pubsub(config.dataStore)))
    this.#bind(Manager, () => new Manager())
  }

  /** Makes what keeps the app's locks and limits. */
  openLocks(): PermitStore {
    if (this.#dataStore === null || this.#config === null) throw new NotStartedError('locks were asked for')
    return this.#dataStore.locks(this.#config.dataStore)
  }

  seal(): void {
    this.container.seal()
  }

  #bind<T>(token: Token<T>, make: () => T): void {
    if (!this.container.isRegistered(token)) this.container.register(token, { useFactory: make })
  }
}

function isContainer(value: object): value is JobContainer {
  return 'build' in value && 'register' in value && 'resolve' in value
}
