import type { FinalState } from '../model/task-state.js'
import type { TaskRecord } from '../model/task-record.js'
import type { Encoded } from '../util/encoded.js'
import type { Subscription } from '../util/subscription.js'

/** A task on its way into a queue. */
export interface NewTask {
  readonly id: string
  readonly body: Encoded
  /** 0 to 9, higher first. */
  readonly priority: number
  /** ms to wait, counted by the store from when it takes the task in. 0: ready at once. */
  readonly delay: number
  /** The inbox (see {@link Broker.openInbox}) to tell when the task is over; null: nobody waits. */
  readonly inbox: string | null
  /**
   * True when the id may have been used before (a user's id, or a call that is sent again): then finished records are
   * looked up too, and a task that is known already is left as it is.
   */
  readonly known: boolean
}

/** What became of one {@link NewTask}. */
export interface QueueReply {
  readonly id: string
  /** `exists`: a task of that id is live or finished; nothing was queued. If live, the inbox now follows it. */
  readonly verdict: 'queued' | 'exists'
  /** When this or the first task of that id was queued: ms since the epoch, store's clock. */
  readonly queuedAt: number
  /** The finished task, when `exists` and over. */
  readonly record: TaskRecord | null
}

/** One step of a periodic job's schedule. */
export interface Tick {
  readonly job: string
  /** The job's last tick as the caller knows it, ms since the epoch; null: it has none yet. */
  readonly expected: number | null
  /** The tick that becomes the last, ms since the epoch. */
  readonly at: number
  /** What is queued for it; null: the tick is passed over. */
  readonly task: NewTask | null
}

/** What became of a {@link Tick}. */
export interface TickReply {
  /** Whether this call queued the task: now, or when it was sent before. */
  readonly queued: boolean
  /** The job's last tick now, ms since the epoch: the one that was sent, unless another was there already. */
  readonly last: number | null
  /** ms since the epoch, store's clock. */
  readonly now: number
}

/** Where the schedules of periodic jobs stand. */
export interface LastTicks {
  /** One a job, in order, ms since the epoch; null: the job has none yet. */
  readonly last: readonly (number | null)[]
  /** ms since the epoch, store's clock. */
  readonly now: number
}

/** A worker as a queue knows it. `id` is unique per start and epoch: a lost lease is never taken up again. */
export interface WorkerSpec {
  readonly id: string
  /** Most tasks that it runs at once. */
  readonly slots: number
  /** ms without renewal after which the worker counts as gone. */
  readonly leaseTtl: number
}

/** One numbered call of a worker: the store acts once for a `seq` of a lane and gives the same answer again. */
export interface LaneCall {
  readonly queue: string
  readonly worker: string
  /** 0 or 1: each lane has one call under way at most. */
  readonly lane: number
  /** From 1, one more for each new call; the same for a call that is sent again. */
  readonly seq: number
}

/** A task under a lease. */
export interface ClaimedTask {
  readonly id: string
  /** Grows with every claim in one queue. Outcomes count only against it. */
  readonly fence: number
  /** Which run this is, from 1. */
  readonly run: number
  readonly crashes: number
  readonly priority: number
  readonly queuedAt: number
  readonly dueAt: number
  /** When it was claimed: ms since the epoch, store's clock. */
  readonly claimedAt: number
  readonly body: Uint8Array
}

/** What a worker says of a task that it holds. */
export type Outcome = DoneOutcome | RetryOutcome | ReturnOutcome

/** The task is over. */
export interface DoneOutcome {
  readonly kind: 'done'
  readonly id: string
  readonly fence: number
  readonly status: FinalState
  readonly outcome: Encoded
  /** ms to keep the finished record (at least ten minutes, whatever this says). */
  readonly ttl: number
}

/** This run failed; another follows. The run counts. */
export interface RetryOutcome {
  readonly kind: 'retry'
  readonly id: string
  readonly fence: number
  /** ms until it is due again, from when the store hears of it. */
  readonly delay: number
  readonly outcome: Encoded
}

/** Handed back, to the head of its queue. The run does not count. */
export interface ReturnOutcome {
  readonly kind: 'return'
  readonly id: string
  readonly fence: number
  /** ms until it is due again. 0: at once. */
  readonly delay: number
}

/**
 * `recorded`: by this call, or earlier by this holder. `stale`: someone else holds or ended the task since. `unknown`:
 * the store knows no such task, live or finished (a failover may have lost it).
 */
export type Verdict = 'recorded' | 'stale' | 'unknown'

export interface SettleReply {
  /** In the order of the outcomes. */
  readonly verdicts: readonly Verdict[]
  /** Newly leased tasks, in the order in which to start them. */
  readonly tasks: readonly ClaimedTask[]
  /** ms until the next delayed task is due; null when there is none. */
  readonly nextDue: number | null
  /** Whether the queue is paused: nothing is claimed from it until it is resumed. */
  readonly paused: boolean
  /** Whether someone listens to task events (then `announce` is worth its call). */
  readonly listeners: boolean
}

/** `lost`: the lease ran out and was given up, or was never made. Stop its tasks and join anew under another id. */
export type LeaseState = 'held' | 'lost'

/** What the reclaimer says of tasks whose crashes reached the cap. */
export interface ReclaimOptions {
  /** Lone crashes after which a task ends as FAILURE. */
  readonly crashCap: number
  /** Outcome written for those. */
  readonly outcome: Encoded
  /** ms to keep their finished records. */
  readonly ttl: number
  /** ms between the first look at an expired worker and the earliest one that may condemn it. */
  readonly grace: number
}

export interface ReclaimReply {
  /** Workers condemned in this pass. */
  readonly condemned: readonly string[]
  /** Tasks put back at the head of the queue. */
  readonly requeued: number
  /** Tasks ended because they reached the cap. */
  readonly failed: readonly string[]
  /** Whether expired workers or their tasks are left for a later pass. */
  readonly more: boolean
}

export interface QueueSizes {
  readonly ready: number
  readonly delayed: number
  readonly held: number
}

/** Counters of a queue since it was made. */
export interface QueueStats {
  readonly queued: number
  readonly succeeded: number
  readonly failed: number
  readonly revoked: number
  readonly retried: number
  readonly returned: number
  readonly reclaimed: number
}

/** What a store tells a worker. `wake` has no task: look again. `revoked` names a task it held and holds no more. */
export type WorkerNotice =
  | { readonly kind: 'wake'; readonly queue: string }
  | { readonly kind: 'revoked'; readonly queue: string; readonly id: string }
  /** The connection was away: anything may have been missed. */
  | { readonly kind: 'reconnected' }

/** What a store tells an inbox. */
export type InboxNotice =
  /** Tasks that are over. Without a record (too large to send): look it up. */
  | { readonly kind: 'done'; readonly tasks: readonly { readonly id: string; readonly record: TaskRecord | null }[] }
  /** The connection was away: look up what is outstanding. */
  | { readonly kind: 'reconnected' }

export type TaskEvent = 'queued' | 'started' | 'progress' | 'done'

/**
 * The queue itself. Token and contract; `stores/redis` and `stores/embedded` implement it and pass one conformance
 * suite.
 *
 * Every verb takes and gives batches, touches one queue, is atomic for each task, may be sent twice without harm
 * (a reply can be lost after the store has acted) and takes its time from the store. A broker sends a call again by
 * itself when the connection broke under it, until `timeout` has passed; then it throws `BrokerUnreachableError`.
 */
export abstract class Broker {
  /** Where it is, without password: for logs and errors. */
  abstract readonly address: string

  /**
   * How the heartbeat thread reaches the same store: the URL to open there, or null when the store lives in this
   * process only and the main thread renews.
   */
  abstract readonly heartbeatUrl: string | null

  /**
   * Connects and checks that the store can be used.
   *
   * @throws {@link BrokerUnreachableError} within the connect timeout; {@link BrokerVersionError} for a store that is
   *   too old; {@link LayoutVersionError} where another version's data lies
   */
  abstract connect(): Promise<void>

  /** Lets go of connections, timers and subscriptions. Safe to call twice; calls under way are rejected. */
  abstract close(): Promise<void>

  /** Stores tasks and makes them ready, or delays them. Wakes as many idle workers as it has tasks. */
  abstract queue(queue: string, tasks: readonly NewTask[]): Promise<readonly QueueReply[]>

  /**
   * Moves a periodic job's schedule on and queues the tick's task, both or neither: of any number of schedulers that see
   * the same tick, one queues it. Sent again after it has acted, it answers the same.
   */
  abstract tick(queue: string, tick: Tick): Promise<TickReply>

  /** The last ticks of periodic jobs. */
  abstract lastTicks(queue: string, jobs: readonly string[]): Promise<LastTicks>

  /** Makes a lease for a worker. Safe to repeat under the same id while it is held; never revives a condemned id. */
  abstract join(queue: string, worker: WorkerSpec): Promise<LeaseState>

  /** Gives a lease up. What is still held goes back to the head of the queue and no run counts. */
  abstract leave(queue: string, worker: string): Promise<void>

  /**
   * Records outcomes and claims up to `max` tasks, in one round trip. With no outcomes, a plain claim; with `max` 0, a
   * plain settle. When fewer than `max` tasks were there, the worker is registered as idle with what is left and is
   * sent a `wake` when there is something; when `max` is 0 it is not idle.
   *
   * A worker that holds a suspect (a task with crashes) gets nothing else, and a suspect is handed only to a worker
   * that holds nothing.
   *
   * @throws {@link LeaseLostError} when the worker has no lease: nothing was recorded or claimed
   */
  abstract settle(call: LaneCall, outcomes: readonly Outcome[], max: number): Promise<SettleReply>

  /** One heartbeat: extends the lease on everything that the worker holds in that queue. */
  abstract renew(queue: string, worker: string): Promise<LeaseState>

  /** Of the tasks named, which this worker still holds under that fence. In order. */
  abstract held(
    queue: string,
    worker: string,
    tasks: readonly { readonly id: string; readonly fence: number }[],
  ): Promise<readonly boolean[]>

  /** Stores progress for tasks that the worker still holds; the others are left alone. In order: whether it did. */
  abstract progress(
    queue: string,
    worker: string,
    updates: readonly { readonly id: string; readonly fence: number; readonly progress: Encoded }[],
  ): Promise<readonly boolean[]>

  /** One pass over the queue's expired workers, at most a chunk of tasks. Two looks before a death. */
  abstract reclaim(queue: string, options: ReclaimOptions): Promise<ReclaimReply>

  /**
   * Ends tasks as REVOKED at once, whether they wait or run, and tells their holder. In order: true where this call
   * (or the same call sent before) changed the task, false for one that was over or is not known.
   */
  abstract revoke(queue: string, ids: readonly string[], outcome: Encoded, ttl: number): Promise<readonly boolean[]>

  /**
   * Looks tasks up, live or finished; null for one that is neither. With an inbox, whatever is still live is followed
   * from this moment on: its end is sent there.
   */
  abstract get(queue: string, ids: readonly string[], inbox?: string | null): Promise<readonly (TaskRecord | null)[]>

  abstract size(queue: string): Promise<QueueSizes>
  abstract stats(queue: string): Promise<QueueStats>

  /**
   * Drops what waits (ready and delayed), not what runs.
   *
   * @param operation - unique for the call: sent again, it gives the first answer and drops nothing more
   * @returns how many tasks were dropped
   */
  abstract flush(queue: string, operation: string): Promise<number>

  /**
   * Makes delayed tasks due now, before all others of their priority, in order.
   *
   * @returns in order: whether it was delayed, or is with a worker, which may be about to delay it
   */
  abstract hasten(queue: string, ids: readonly string[]): Promise<readonly boolean[]>

  /** Stops handing out tasks. They are still taken in. */
  abstract pause(queue: string): Promise<void>
  /** Hands tasks out again and wakes idle workers. */
  abstract resume(queue: string): Promise<void>

  /** All queues that this store has seen. */
  abstract queues(): Promise<readonly string[]>

  /** Receives what the store has to tell one worker, in all its queues. In force when it resolves. */
  abstract openWorker(worker: string, listener: (notice: WorkerNotice) => void): Promise<Subscription>

  /**
   * Receives the ends of tasks that were queued with, or looked up with, this inbox. In force when it resolves.
   *
   * @param inbox - a short unique name, chosen by the caller
   */
  abstract openInbox(inbox: string, listener: (notice: InboxNotice) => void): Promise<Subscription>

  /**
   * Receives task events: `queued` and `done` as the store itself records them, in order, and what workers announce.
   * In force, for all queues, when it resolves. Costs the store nothing where nobody listens.
   */
  abstract onTaskEvent(listener: (event: TaskEvent, record: TaskRecord) => void): Promise<Subscription>

  /** Passes `started` or `progress` of running tasks on to listeners of task events; nothing is stored. */
  abstract announce(queue: string, event: 'started' | 'progress', records: readonly TaskRecord[]): Promise<void>
}
