import type { ConsumerList } from '../consumers/consumer-list.js'
import type { TaskEvents } from '../execution/task-events.js'
import type { Locks } from '../locks/locks.js'
import type { Logger } from '../logging/logger.js'
import type { Manager } from '../manager/manager.js'
import type { Producer } from '../producer/producer.js'
import type { Tasks } from '../producer/tasks.js'
import type { Serializer } from '../serializers/serializer.js'
import type { Broker } from '../stores/broker.js'
import type { PubSub } from '../stores/pub-sub.js'
import type { EventCallbacks } from './event-callbacks.js'
import type { Config } from '../model/config.js'
import type { Info } from '../model/info.js'

/** The services that an {@link Api} is the face of. */
export interface ApiParts {
  readonly broker: Broker
  readonly pubsub: PubSub
  readonly manager: Manager
  readonly producer: Producer
  readonly tasks: Tasks
  readonly events: TaskEvents
  readonly locks: Locks
  readonly serializer: Serializer
  readonly consumers: ConsumerList
  readonly callbacks: EventCallbacks
  readonly info: () => Info
  readonly config: Config
  readonly nodeName: string
  readonly logger: Logger
}

/** The app that an {@link Api} belongs to. */
export interface ApiHost {
  open(): Promise<ApiParts>
  close(): Promise<void>
}

/** Registered globally: a generated client may import another copy of this package than the app does. */
const PARTS = Symbol.for('pulsar-queue.api.parts')

/** Lets {@link apiParts} reach the services of an api. No public type shows them. */
export function exposeParts(api: object, parts: () => ApiParts): void {
  Object.defineProperty(api, PARTS, { value: parts })
}

/** The services of a started api: for generated clients, which are of this package. @throws {@link NotStartedError} */
export function apiParts(api: object): ApiParts {
  return (api as { readonly [PARTS]: () => ApiParts })[PARTS]()
}
