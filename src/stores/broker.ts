import type { FinalState } from '../model/task-state.js'
import type { Attempt, TaskRecord } from '../model/task-record.js'
import type { DurabilityName } from '../model/durability.js'
import type { ActPlace } from '../model/act-place.js'
import type { Encoded } from '../model/encoded.js'
import type { ProblemReport } from '../model/problem.js'
import type { QueueSizes, QueueStats } from '../model/queue-counts.js'
import type { Subscription } from '../util/subscription.js'
import { shareClass } from '../util/shared-class.js'
import type { LastTicks, NewTask, QueueReply, Tick, TickReply } from './new-task.js'
import type { OperationsStore } from './operations-store.js'
import type { StoreAdvice } from './store-advice.js'
import type { StoreHistory } from './store-history.js'
import { LASTING_HISTORY } from './store-history.js'

export type { LastTick, LastTicks, NewTask, QueueReply, Tick, TickReply } from './new-task.js'

/** A worker as a queue knows it. */
export interface WorkerSpec {
  /** Unique for each start and each lease: an id whose lease was lost is never used again. */
  readonly id: string
  /** Most tasks that the worker runs at once; 0: it claims none for now. */
  readonly slots: number
  /** ms without renewal after which the lease expires. */
  readonly leaseTtl: number
}

/** One numbered call of a worker. The store executes each `seq` of a lane once, and repeats its reply to a repeated call. */
export interface LaneCall {
  readonly queue: string
  readonly worker: string
  /** 0 or 1. A lane has at most one call under way. */
  readonly lane: number
  /** Starts at 1 and grows by one with each new call; a call that is sent again keeps its number. */
  readonly seq: number
  /** Slots of the worker that are free: as many tasks may be handed to it while it is idle. Default: the `max` of the call. */
  readonly freeSlots?: number
  /** Fence of the last hand-off that the worker has taken in; 0: none yet. The reply repeats a later one. */
  readonly handOff?: number
}

/** A task that a worker holds, with the fence of its claim. */
export interface HeldTask {
  readonly id: string
  /** The fence of the claim. */
  readonly fence: number
}

/** Progress of a task that a worker holds. */
export interface ProgressUpdate extends HeldTask {
  readonly progress: Encoded
}

/** A task under a lease. */
export interface ClaimedTask {
  readonly id: string
  readonly job: string
  readonly tags: readonly string[]
  /** Grows with every claim in one queue. A settlement counts only under the fence of its claim. */
  readonly fence: number
  /** Number of this run, from 1. */
  readonly run: number
  readonly crashes: number
  readonly priority: number
  readonly queuedAt: number
  readonly dueAt: number
  /** When the task was claimed: ms since the epoch, store's clock. */
  readonly claimedAt: number
  /** As the last release for other workers has said it; absent: none has, or a worker has run or parked the task since. */
  readonly unknownSince?: number
  /** As its producer has encoded it. A text may come as its bytes. */
  readonly body: Encoded
  /** The engine's own note of the claim, which comes back with the settlement. Nothing else reads it. */
  readonly claim?: unknown
}

/** The end of a run, of a task that the worker holds. */
export type Settlement = DoneSettlement | RetrySettlement | ReleaseSettlement

/** The task is over. */
export interface DoneSettlement {
  readonly kind: 'done'
  /** As it was claimed. */
  readonly task: ClaimedTask
  readonly status: FinalState
  readonly outcome: Encoded
  /** ms to keep the finished record; ten minutes at least, whatever this says. */
  readonly ttl: number
  /** The problem that the run has met. It is counted where this settlement is recorded, once. */
  readonly problem?: ProblemReport
}

/** This run failed and another one follows. The run counts. */
export interface RetrySettlement {
  readonly kind: 'retry'
  /** As it was claimed. */
  readonly task: ClaimedTask
  /** ms until the task is due again, from when the store takes the settlement. */
  readonly delay: number
  readonly outcome: Encoded
  /** The run that failed, in short. The last ten stay with the task. */
  readonly attempt?: Attempt
  /** As of a {@link DoneSettlement}. */
  readonly problem?: ProblemReport
}

/** The worker releases the task to the head of its queue. The run does not count. */
export interface ReleaseSettlement {
  readonly kind: 'release'
  /** As it was claimed. */
  readonly task: ClaimedTask
  /** ms until the task is due again. 0: at once. */
  readonly delay: number
  /** Whether the worker cannot run the task, as it does not know its job. Other idle workers look first when it is due. */
  readonly forOthers?: boolean
  /**
   * When a worker first claimed the task without knowing its job, ms since the epoch by the store's clock. The store keeps it with a release for
   * others that has a delay, and the next claim has it.
   */
  readonly unknownSince?: number
}

/**
 * The answer to one {@link Settlement}.
 *
 * - `recorded`: by this call, or earlier by the same holder
 * - `stale`: the task is no longer held under that fence: another worker holds it, or it has ended
 * - `unknown`: the store has no such task, live or finished, nor the record of its claim; a failover may have lost it. Where the
 *   claim is recorded and the task alone was deleted, an end or a retry is recorded from the worker's copy; a release is `unknown`.
 *   The repeated reply to a call may say it of a stale task that was deleted meanwhile
 */
export type Verdict = 'recorded' | 'stale' | 'unknown'

export interface SettleReply {
  /** In the order of the settlements. */
  readonly verdicts: readonly Verdict[]
  /** Newly claimed tasks, in the order in which to start them. */
  readonly tasks: readonly ClaimedTask[]
  /** Tasks of a hand-off that the worker has missed: the notice of it got lost. Absent: none. */
  readonly handed?: readonly ClaimedTask[]
  /** ms until the next delayed task is due; null: there is none. */
  readonly nextDue: number | null
  /** Whether the queue is paused. Nothing is claimed from it until it is resumed. */
  readonly paused: boolean
  /** Whether anyone listens to task events. If not, {@link Broker.announce} can be left out. */
  readonly hasListeners: boolean
  /** About how many workers of the queue are idle, where this call has left the worker idle; else 0. Absent: unknown. */
  readonly idle?: number
}

/** `lost`: the lease has expired and was condemned, or never existed. Stop its tasks and join again under another id. */
export type LeaseState = 'held' | 'lost'

/**
 * `overdue`: held, and another worker of the queue has not renewed its lease in time, so that the caller should `reclaim` there.
 * Of all workers that renew within a heartbeat, the first one is told; not where a `reclaim` has seen to it in that time.
 */
export type RenewReply = LeaseState | 'overdue'

/** What a worker has of a queue when the store's history has changed. */
export interface Adoption {
  /** Most tasks that the worker runs at once; 0: it claims none for now. */
  readonly slots: number
  /** ms without renewal after which the lease expires. */
  readonly ttl: number
  /** Highest fence that the worker has seen in the queue. */
  readonly topFence: number
  /** What it holds, and what it has settled in the last ten seconds, as done or for a retry. As it was claimed. */
  readonly tasks: readonly ClaimedTask[]
}

/**
 * - `held`: the worker holds the task, under the fence of its claim
 * - `stale`: another worker holds it, under a later fence
 * - `over`: the end of the task, or of this run, is recorded
 */
export type AdoptVerdict = 'held' | 'stale' | 'over'

export interface AdoptReply {
  /** `lost`: the worker was condemned in the present history. Then there are no verdicts. */
  readonly lease: LeaseState
  /** In the order of the tasks. */
  readonly verdicts: readonly AdoptVerdict[]
  /** Last fence of the queue. Tasks that were handed to the worker up to that fence, and that it has not named, are not its own. */
  readonly topFence: number
}

/** How to treat expired workers and the tasks that crashed them. */
export interface ReclaimOptions {
  /** Number of crashes, with no other task running, after which a task ends as FAILURE. */
  readonly crashCap: number
  /** Outcome of the tasks that end so. */
  readonly outcome: Encoded
  /** ms to keep their finished records. */
  readonly ttl: number
  /** Shortest time between the pass that suspects an expired worker and the pass that condemns it, ms. */
  readonly grace: number
}

export interface ReclaimReply {
  /** Workers that this pass condemned. */
  readonly condemned: readonly string[]
  /** Number of tasks that went back to the head of the queue. */
  readonly requeued: number
  /** Tasks that ended because they reached the crash cap. */
  readonly failed: readonly string[]
  /** Whether expired workers, tasks of theirs, or expired records are left for a later pass. */
  readonly more: boolean
}

export type { QueueSizes, QueueStats }

/** A message of the store to one worker. */
export type WorkerNotice =
  /** Something may be ready: claim again. */
  | { readonly kind: 'wake'; readonly queue: string }
  /** Tasks that the store has leased to this idle worker as they were queued. */
  | {
      readonly kind: 'handed'
      readonly queue: string
      readonly tasks: readonly ClaimedTask[]
      /** As in a {@link SettleReply}. */
      readonly hasListeners: boolean
    }
  /** What an operator tells the worker to do, as it was written by its sender. */
  | { readonly kind: 'order'; readonly queue: string; readonly order: string }
  /** A task that the worker held was revoked. */
  | { readonly kind: 'revoked'; readonly queue: string; readonly id: string }
  /** The connection was lost for a while: any notice may have been missed. */
  | { readonly kind: 'reconnected' }

/** A message of the store to one inbox. */
export type InboxNotice =
  /** Tasks that are over. A record that is too large to send is null: look it up. */
  | { readonly kind: 'done'; readonly tasks: readonly { readonly id: string; readonly record: TaskRecord | null }[] }
  /** The connection was lost for a while: look up the tasks that are still waited for. */
  | { readonly kind: 'reconnected' }

export type TaskEvent = 'queued' | 'started' | 'progress' | 'done'

/**
 * The queues of one store. Injection token and contract; each engine below `stores/` implements it, and all pass one
 * conformance suite.
 *
 * Every verb takes and returns batches, touches one queue, is atomic for each task, can be sent twice without harm (a
 * reply can be lost after the store has acted) and uses the store's clock. When the connection breaks during a call, the
 * broker sends the call again, until the connect timeout has passed; then it throws `BrokerUnreachableError`.
 *
 * Calls of one client on one queue take effect in the order in which they are made, also where nobody awaits the answers. There are three
 * exceptions. A queued task of 256 KiB or more, or with a durability, may be overtaken by other tasks. The calls of workers, such as
 * `settle`, keep their order among themselves alone: none waits for a call of another kind, and outcomes of 256 KiB or more may be overtaken.
 * And a call that has to be sent again, because its connection broke or Redis has lost its scripts or data, may be overtaken by the ones behind it.
 */
export abstract class Broker {
  /** Address of the store without its password, for logs and errors. */
  abstract readonly address: string

  /**
   * URL under which the heartbeat thread opens the same store; null when the store exists in this process only, and the
   * main thread renews.
   */
  abstract readonly heartbeatUrl: string | null

  /**
   * Connects, and checks that the store can be used.
   *
   * @throws {@link BrokerUnreachableError} within the connect timeout; {@link BrokerVersionError} for a store that is
   *   too old; {@link LayoutVersionError} where another version's data lies
   */
  abstract connect(): Promise<void>

  /**
   * Looks at how the store is set up. An app asks once, when it starts, and writes the answers into its log. Default: nothing to say.
   *
   * @throws what reaching the store throws
   */
  async advice(): Promise<readonly StoreAdvice[]> {
    return await Promise.resolve([])
  }

  /** Closes connections, timers and subscriptions. Safe to call twice. Calls under way are rejected. */
  abstract close(): Promise<void>

  /**
   * Calls back when the store may have forgotten what it had acknowledged: another server has taken over, or the same one was
   * started anew. It calls back before the first call is executed there; calls that were sent before may still be under way.
   * It may also do so without need. Default: never, as for a store that forgets nothing.
   *
   * @param _listener - gets the queues that are concerned; null: all
   * @returns ends that
   */
  onHistoryChange(_listener: (queues: readonly string[] | null) => void): () => void {
    return () => undefined
  }

  /**
   * Stores tasks and makes them ready, or delays them. Where nothing waits before them, they are handed to idle workers that take
   * them: to each as many as it has free slots. For what is left, idle workers are woken that have as many free slots together.
   *
   * @param durability - one of {@link Broker.durabilities}: resolves once the tasks are so durable. Default: as the store was opened
   * @throws {@link DurabilityError} where they are stored, and not confirmed in time
   */
  abstract queue(queue: string, tasks: readonly NewTask[], durability?: DurabilityName): Promise<readonly QueueReply[]>

  /** What calls of {@link Broker.queue} can ask for, the weakest first; `replicas:2` stands for any number. Default: nothing. */
  readonly durabilities: readonly DurabilityName[] = []

  /**
   * Advances a periodic job's schedule and queues the task of the tick, both or neither. Of any number of schedulers that
   * see the same tick, one queues its task. A call that is sent again is answered the same.
   */
  abstract tick(queue: string, tick: Tick): Promise<TickReply>

  /** The last ticks of periodic jobs. */
  abstract lastTicks(queue: string, jobs: readonly string[]): Promise<LastTicks>

  /**
   * Gives a worker its lease. Can be repeated while the lease is held; a condemned worker's id never gets another one.
   *
   * @throws {@link HistoryChangedError} for a worker that got its lease in another history of the store: it adopts its tasks first
   */
  abstract join(queue: string, worker: WorkerSpec): Promise<LeaseState>

  /**
   * Ends a worker's lease. The tasks that it holds go back to the head of the queue, and no run counts.
   *
   * @throws {@link HistoryChangedError} when the store's history has changed during the call: it may have forgotten what this worker
   *   has settled
   */
  abstract leave(queue: string, worker: string): Promise<void>

  /**
   * Records settlements and claims up to `max` tasks, in one round trip. Without settlements it only claims; with a `max`
   * of 0 it only records. A worker that gets fewer than `max` tasks becomes idle, and is sent a `wake` when a task is
   * ready; with a `max` of 0 it does not, and a wake that it got passes to another. An idle worker counts for the slots that its
   * call has left free, one at least. It is handed tasks if it holds none and its call says which hand-off it has taken in last.
   *
   * A suspect (a task that may have been running when its worker died) is given only to a worker that holds nothing, and that worker
   * gets nothing else.
   *
   * A call that throws has recorded and claimed nothing. Only where the store could not be reached this is unknown; then the
   * same call is sent again.
   *
   * @throws {@link LeaseLostError} when the worker has no lease. `BrokerUnreachableError`, `BrokerFullError` or
   *   `EmbeddedDirectoryError` where the store accepts no call for now: the worker sends the same call again. Any other error
   *   where the store refuses the contents of the call, such as an outcome that is too large: the worker then sends each
   *   settlement by itself. A task whose settlement is refused again ends as FAILURE, with the words of the error
   */
  abstract settle(call: LaneCall, settlements: readonly Settlement[], max: number): Promise<SettleReply>

  /** The heartbeat: extends the worker's lease, and so its hold on all of its tasks in that queue. */
  abstract renew(queue: string, worker: string): Promise<RenewReply>

  /**
   * Whether `renew` answers `overdue`, so that a worker need not call `reclaim` in its own queues at each heartbeat: each would
   * look at all others. Default: false.
   */
  readonly reportsOverdue: boolean = false

  /**
   * Whether `revoke` and `promote` regard their argument `places` as they write. Acts of operators that demand a place are refused where
   * they do not: they would end tasks that have started since the plan. Default: false.
   */
  readonly regardsPlaces: boolean = false

  /** What the store has recorded, as far as that may change. Default: it never does. */
  readonly history: StoreHistory = LASTING_HISTORY

  /**
   * Tells a store whose history has changed what a worker holds. It gets its lease again unless it was condemned, and its tasks
   * under their fences; those that the store has forgotten are restored. What the store thought that it held, and it does not,
   * goes back to the head of the queue, and no run counts. Its lanes begin anew, with `seq` 1. Later fences are higher than
   * `topFence`.
   *
   * After the first call of a new history, nothing is claimed for half a second, so that all living workers adopt before anyone
   * claims; and for the time of a lease `reclaim` takes no worker for dead.
   */
  abstract adopt(queue: string, worker: string, adoption: Adoption): Promise<AdoptReply>

  /** @returns in order: whether the worker still holds the task under the fence */
  abstract held(queue: string, worker: string, tasks: readonly HeldTask[]): Promise<readonly boolean[]>

  /**
   * Stores the progress of tasks that the worker still holds.
   *
   * @returns in order: whether the progress was stored
   */
  abstract progress(queue: string, worker: string, updates: readonly ProgressUpdate[]): Promise<readonly boolean[]>

  /**
   * One pass over the queue's expired workers, and over a chunk of their tasks at most. A pass suspects an expired worker;
   * a later one condemns it, unless it was renewed in between, and requeues its tasks. As many of these become suspects as may have
   * been running: a worker starts its tasks by priority, then by fence. The crash counts only for a task that was held alone.
   */
  abstract reclaim(queue: string, options: ReclaimOptions): Promise<ReclaimReply>

  /**
   * Ends tasks as REVOKED at once, whether they wait or run, and notifies the workers that hold them.
   *
   * @param places - only tasks that stand there. Default: anywhere. Given only where {@link Broker.regardsPlaces}
   * @returns in order: true where this call, or the same call sent before, revoked the task; false for a task that was over
   *   already or does not exist
   */
  abstract revoke(
    queue: string,
    ids: readonly string[],
    outcome: Encoded,
    ttl: number,
    places?: readonly ActPlace[],
  ): Promise<readonly boolean[]>

  /**
   * Looks up tasks, live or finished; null for a task that is neither. An inbox, where one is given, gets the ends of the
   * live ones from now on.
   */
  abstract get(queue: string, ids: readonly string[], inbox?: string | null): Promise<readonly (TaskRecord | null)[]>

  abstract size(queue: string): Promise<QueueSizes>
  abstract stats(queue: string): Promise<QueueStats>

  /**
   * Drops the tasks that wait, ready or delayed. Running tasks stay.
   *
   * @param operation - a name that is unique for the call. A call that is sent again gets the first reply and drops nothing
   * @returns number of dropped tasks
   */
  abstract flush(queue: string, operation: string): Promise<number>

  /**
   * Makes delayed tasks ready now, in order, before all others of their priority.
   *
   * @param places - only tasks that stand there, as of {@link Broker.revoke}. Without `held`, those that a worker holds count as not promoted
   * @returns in order: whether the task was delayed, or is held by a worker, which may be about to delay it
   */
  abstract promote(queue: string, ids: readonly string[], places?: readonly ActPlace[]): Promise<readonly boolean[]>

  /**
   * Whether any worker of a queue hears its notices, and may take its tasks: none does whose process has ended, even if its lease is valid,
   * none may that has joined with 0 slots, and none where the queue is paused. Default: true, for a store that cannot tell.
   */
  async isConsumed(_queue: string): Promise<boolean> {
    return await Promise.resolve(true)
  }

  /** Stops claims. Tasks can still be queued. */
  abstract pause(queue: string): Promise<void>
  /** Allows claims again, and wakes idle workers. */
  abstract resume(queue: string): Promise<void>

  /** Names of all queues of this store. */
  abstract queues(): Promise<readonly string[]>

  /** Subscribes to the notices of a queue to one of its workers. In force when it resolves. */
  abstract openWorker(queue: string, worker: string, listener: (notice: WorkerNotice) => void): Promise<Subscription>

  /**
   * Subscribes to the ends of tasks that this broker queues, or looks up, with this inbox from then on.
   *
   * @param inbox - a short unique name that the caller chooses
   */
  abstract openInbox(inbox: string, listener: (notice: InboxNotice) => void): Promise<Subscription>

  /**
   * Subscribes to the task events of all queues: `queued` and `done` in the order in which the store records them, and the
   * events that workers announce. In force when it resolves. Events cost the store nothing while nobody listens.
   */
  abstract onTaskEvent(listener: (event: TaskEvent, record: TaskRecord) => void): Promise<Subscription>

  /** Sends `started` or `progress` of running tasks to the listeners of task events. Nothing is stored. */
  abstract announce(queue: string, event: 'started' | 'progress', records: readonly TaskRecord[]): Promise<void>

  /** The face of the store for those who operate it, `api.control` among them. Default: null, so that only counts are known. */
  operations(): OperationsStore | null {
    return null
  }
}
shareClass(Broker, 'Broker')
