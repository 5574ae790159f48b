import { NotKeptError } from '../errors.js'
import type { JobCatalogue } from '../jobs/loading/job-catalogue.js'
import type { Logger } from '../logging/logger.js'
import type { Manager } from '../manager/manager.js'
import type { OwnSchedule } from '../producer/tasks.js'
import type { Serializer } from '../serializers/serializer.js'
import type { Broker } from '../stores/broker.js'
import type { OperationsStore } from '../stores/operations-store.js'
import type { PubSub } from '../stores/pub-sub.js'
import type { Redaction } from '../model/redaction.js'

/** What the parts of a `Control` share. */
export interface ControlParts {
  readonly broker: Broker
  readonly pubsub: PubSub
  readonly serializer: Serializer
  readonly jobs: JobCatalogue
  readonly manager: Manager
  readonly logger: Logger
  readonly redaction: Redaction
  /** Queues a job without arguments. Resolves to the id of its task. @throws {@link TaskNotAvailableError} */
  readonly queueJob: (job: string, queue: string) => Promise<string>
  /** When periodic jobs that this process knows are due, in seconds from now. */
  readonly nextScheduled: () => Promise<readonly (readonly [job: string, seconds: number])[]>
  /** The schedules of the periodic jobs that this process knows. */
  readonly ownSchedules: () => readonly OwnSchedule[]
  /** For how long a schedule is overdue, ms; null: nobody knows. @param schedule - its text @param since - see `StoredTick.resumedAt` */
  readonly overdue: (schedule: string, last: number, now: number, since?: number) => number | null
  /** When a schedule is due next, ms since the epoch; null: its text does not say it, or it is never due again. */
  readonly nextOf: (schedule: string, last: number, now: number) => number | null
}

/** The store's face for operators. @throws {@link NotKeptError} where it has none */
export function operationsOf({ broker }: Pick<ControlParts, 'broker'>, what: string): OperationsStore {
  const operations = broker.operations()
  if (operations === null) throw new NotKeptError(what, broker.address)
  return operations
}
