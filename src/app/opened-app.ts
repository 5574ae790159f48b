import type { Broker } from '../stores/broker.js'
import type { ConsumerList } from '../consumers/consumer-list.js'
import type { Runner } from '../execution/executor.js'
import type { TaskEvents } from '../execution/task-events.js'
import type { PermitKeeper } from '../locks/permit-keeper.js'
import type { PermitStore } from '../stores/permit-store.js'
import type { Locks } from '../locks/locks.js'
import type { Manager } from '../manager/manager.js'
import type { Config } from '../model/config.js'
import type { Producer } from '../producer/producer.js'
import type { PubSub } from '../stores/pub-sub.js'
import type { Scheduler } from '../scheduler/scheduler.js'
import type { Serializer } from '../serializers/serializer.js'
import type { Logger } from '../logging/logger.js'
import type { ApiParts } from '../api/api.js'
import type { EventCallbacks } from '../api/event-callbacks.js'
import type { LoadedJobs } from '../jobs/loading/loaded-jobs.js'
import type { JobPools } from '../execution/pools/job-pools.js'

/** What an app is bound to, and what is connected. */
export interface AppServices {
  readonly config: Config
  readonly broker: Broker
  readonly pubsub: PubSub
  readonly serializer: Serializer
  readonly logger: Logger
  readonly manager: Manager
  readonly jobs: LoadedJobs
  readonly events: TaskEvents
  readonly producer: Producer
  readonly permitStore: PermitStore
  readonly permitKeeper: PermitKeeper
  readonly locks: Locks
  readonly consumers: ConsumerList
  readonly callbacks: EventCallbacks
  readonly nodeName: string
}

/** Everything of one app that is connected. */
export interface OpenedApp extends AppServices {
  readonly runner: Runner
  readonly pools: JobPools
  /** Null: this app does not schedule. */
  readonly scheduler: Scheduler | null
  readonly api: ApiParts
}
