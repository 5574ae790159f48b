import type { Broker } from '../stores/broker.js'
import type { Config } from '../model/config.js'
import type { LoadedJobs } from '../jobs/loading/loaded-jobs.js'
import type { Locks } from '../locks/locks.js'
import type { Logger } from '../logging/logger.js'
import type { Manager } from '../manager/manager.js'
import type { PermitKeeper } from '../locks/permit-keeper.js'
import type { PermitStore } from '../stores/permit-store.js'
import type { Producer } from '../producer/producer.js'
import type { PubSub } from '../stores/pub-sub.js'
import type { Serializer } from '../serializers/serializer.js'
import type { Telemetry } from '../telemetry/telemetry.js'
import type { TaskEvents } from '../execution/task-events.js'

/** The stores of an app, and what is built on them alone. */
export interface ConnectedServices {
  readonly config: Config
  readonly nodeName: string
  readonly logger: Logger
  readonly jobs: LoadedJobs
  readonly broker: Broker
  readonly permitStore: PermitStore
  readonly pubsub: PubSub
  readonly serializer: Serializer
  readonly manager: Manager
  readonly events: TaskEvents
  readonly producer: Producer
  readonly permitKeeper: PermitKeeper
  readonly locks: Locks
  /** Records what is queued and run; null: nothing does. */
  readonly telemetry: Telemetry | null
}
