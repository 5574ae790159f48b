import { NotKeptError } from '../errors.js'
import type { ActPlace } from '../model/act-place.js'
import type { Encoded } from '../model/encoded.js'
import type { ProblemState, StoredProblem } from '../model/problem.js'
import type { SchedulePause } from '../model/schedule-pause.js'
import type { TaskRecord } from '../model/task-record.js'
import type { QueueSizes, QueueStats } from '../model/queue-counts.js'
import { shareClass } from '../util/shared-class.js'
import type {
  JobTotals,
  Observation,
  ObserveReply,
  CounterSample,
  StoredPoint,
  StoredSeriesQuery,
} from './kept-series.js'

/** The ready tasks of one priority. */
export interface ReadyLine {
  /** 0 to 9. */
  readonly priority: number
  /** Entries of the line. In Redis those of revoked tasks, which are left over until they come to the head, count as well. */
  readonly count: number
  /** When the first of them was due, ms since the epoch by the store's clock; null: unknown. */
  readonly oldest: number | null
}

/** A worker as a queue knows it by its lease. */
export interface LeasedWorker {
  readonly id: string
  /** Most tasks that it runs at once. */
  readonly slots: number
  /** ms without renewal after which the lease expires. */
  readonly leaseTtl: number
  /** ms until the lease expires; negative: since when it has. */
  readonly expiresIn: number
  /** `overdue`: not renewed in time. `condemned`: it counts as dead, and its tasks go back to the queue. */
  readonly state: 'alive' | 'overdue' | 'condemned'
  /** Number of tasks that it holds. */
  readonly held: number
}

/** A worker whose lease has expired, and whose tasks have gone back to the queue. */
export interface LostWorker {
  readonly id: string
  /** When it was found dead, ms since the epoch by the store's clock. */
  readonly at: number
}

/** A queue as operators see it. All of it is of one moment, and costs the same whatever the number of tasks. */
export interface QueueInspection {
  readonly paused: boolean
  readonly sizes: QueueSizes
  /** Number of tasks in the index of those that failed or were revoked. */
  readonly failed: number
  readonly stats: QueueStats
  /** The priorities that have ready tasks, the highest first. */
  readonly ready: readonly ReadyLine[]
  /** When the next delayed task is due, ms since the epoch; null: there is none. */
  readonly nextDue: number | null
  readonly workers: readonly LeasedWorker[]
  /** Workers that have died within the last hour, the latest first: ten at most, without those that still hold tasks. */
  readonly lost: readonly LostWorker[]
  /** Number of tasks that were running when their worker died, and have not run since. */
  readonly suspects: number
  /** Number of tasks that a move has taken out of the queue, and that have not arrived where they go. Absent: none. */
  readonly moving?: number
  /**
   * The last samples of the queue, the latest first, with the last one that is older than a minute. They are about ten seconds apart
   * while tasks end.
   */
  readonly samples: readonly CounterSample[]
  /** Whether the earliest of the samples is the first that the queue ever had. Absent: it is where there is one sample alone. */
  readonly isWhole?: boolean
  /** ms since the epoch by the store's clock. */
  readonly now: number
}

/** The states whose tasks can be listed in order. */
export type ListedState = 'ready' | 'delayed' | 'held' | 'failed' | 'recent'

/** One page of a list. */
export interface StoredPage {
  /** Without their bodies. Of an outcome only the beginning, if it is large. */
  readonly records: readonly TaskRecord[]
  /** Where the next page begins; null: this was the last one. */
  readonly cursor: string | null
  /** Whether tasks are missing among those that have ended lately: more ended than are kept. Absent: none is. */
  readonly isSampled?: boolean
}

/** The part of a filter that a store can look at without reading a value: what a match certainly contains. */
export interface Prefilter {
  /** Names of jobs of which the task must have one; null: any. */
  readonly jobs: readonly string[] | null
  /** Tags of which the task must have one; null: any. */
  readonly tags: readonly string[] | null
  /** Bytes that the value of a task must contain: of each group at least one. */
  readonly needles: readonly NeedleGroup[]
}

export interface NeedleGroup {
  readonly anyOf: readonly Encoded[]
  /** Whether bodies that are no JSON may match without any of them, as numbers are written otherwise there. */
  readonly isForJson: boolean
}

/** Where a search looks: at the live tasks, at the index of those that failed or were revoked, or at all finished records. */
export type SearchedPart = 'live' | 'failed' | 'ended'

/** One step of a search, which is bounded. */
export interface SearchStep {
  /** Ids of tasks that may match. */
  readonly ids: readonly string[]
  /** Number of tasks that were looked at. */
  readonly looked: number
  /** Where the next step goes on; null: this was the last one. */
  readonly cursor: string | null
}

/** A failed or revoked task that is to run once more, as a new one. */
export interface Redrive {
  /** Id of the old task. */
  readonly id: string
  /** Id of the new one. */
  readonly newId: string
  /** Its call, where it differs from that of the old one; null: the same. */
  readonly body: Encoded | null
  /** ms until the new task is due. */
  readonly delay: number
}

/**
 * - `queued`: by this call, or by the same operation before
 * - `known`: the new task is there already
 * - `gone`: the old task is not failed any more, or its record has expired
 */
export type RedriveVerdict = 'queued' | 'known' | 'gone'

/** A waiting task that is to go on in another queue. */
export interface Move {
  readonly id: string
  /** Id of the task there, which no other has. */
  readonly newId: string
  /** Outcome of the old task, where it is another one than that of the call. It is unique for the call, too. */
  readonly outcome?: Encoded
}

/** A task as another store had it. */
export interface RestoredTask {
  readonly record: TaskRecord
  /** Whether it has ended there. Else it waits here, whatever its status. */
  readonly isOver: boolean
  /** Whether it enters the index of failed tasks, if it has failed or was revoked. */
  readonly isListed: boolean
  /** ms to keep the record of one that is over. */
  readonly ttl: number
}

/** One act of an operator. */
export interface AuditEntry {
  /** ms since the epoch. Of a new entry: 0, and the store fills it in. */
  readonly at: number
  /** Name of the operation: unique. */
  readonly operation: string
  /** Such as `retry`. */
  readonly act: string
  /** Who: `user@host`. */
  readonly by: string
  /** From where: `cli`, `api`, `dashboard` or another name. */
  readonly from: string
  /** The filter, or the names of the queues or workers. */
  readonly target: string
  /** Number of tasks that it has changed. */
  readonly done: number
  readonly skipped: number
  readonly reason: string | null
}

/** What a store is, and what is wrong with it now. What is wrong with its set-up is said by `Broker.advice()`. */
export interface StoreCondition {
  /** What it is, with its version: `Redis 7.0.15`, a text for each server that is another one. */
  readonly servers: readonly string[]
  readonly findings: readonly StoreFinding[]
}

export interface StoreFinding {
  /** Stable: `memory`. */
  readonly name: string
  /** `fault`: tasks are refused or lost. `warning`: they soon are. */
  readonly state: 'warning' | 'fault'
  readonly says: string
  readonly fix: string
}

/** A periodic job as a queue's schedules have it. */
export interface StoredTick {
  readonly job: string
  /** The last tick, ms since the epoch. */
  readonly at: number
  readonly schedule: string
  /** Absent: it is not paused. */
  readonly paused?: SchedulePause
  /** When its last pause ended, ms since the epoch by the store's clock: before, nobody could take a tick. Absent: it had none. */
  readonly resumedAt?: number
}

/**
 * The face of a store for those who operate it. Each verb touches one queue, is bounded, and can be sent twice; none slows down the
 * work of the queue noticeably. Reached by `Broker.operations()`.
 */
export abstract class OperationsStore {
  /** Sizes, ages and workers of a queue. A queue that the store has not seen is empty. */
  abstract inspect(queue: string): Promise<QueueInspection>

  /**
   * One page of the tasks in a state. `ready`: in the order in which they will run; `delayed`: by due time; `held`: by worker; `failed`:
   * the latest end first; `recent`: the last hundred that have ended, the latest first, on one page.
   *
   * @param cursor - that of the page before; null: the first page
   * @param limit - 1 to 500
   */
  abstract list(queue: string, state: ListedState, cursor: string | null, limit: number): Promise<StoredPage>

  /** One step of a search. Each task that is there from the first step to the last is looked at, once or twice. */
  abstract find(queue: string, part: SearchedPart, filter: Prefilter, cursor: string | null): Promise<SearchStep>

  /**
   * Queues failed tasks once more, under new ids. The old one leaves the index of failed tasks and keeps its record.
   *
   * @param operation - a name that is unique for the call. A call that is sent again gets the first reply
   */
  abstract redrive(queue: string, tasks: readonly Redrive[], operation: string): Promise<readonly RedriveVerdict[]>

  /**
   * Deletes tasks that wait, and records of finished ones. Held tasks stay.
   *
   * @param places - only tasks that stand there at the moment of the write
   * @returns in order: whether the task was deleted
   */
  abstract drop(
    queue: string,
    ids: readonly string[],
    operation: string,
    places: readonly ActPlace[],
  ): Promise<readonly boolean[]>

  /**
   * Ends waiting tasks as REVOKED and queues each in another queue, as a new task. They enter no index of failed tasks, since a retry would
   * run them twice. Of several calls that name a task one moves it. Where a call ends in between, `finishMoves` finishes what it has begun.
   * Default: throws {@link NotKeptError}.
   *
   * @param outcome - unique for the call: one that is sent again is known by it
   * @param ttl - ms to keep the record of the old task
   * @param places - only tasks that stand there at the moment of the write: `ready` and `delayed` are possible
   * @returns in order: whether the task was moved
   */
  async move(
    _queue: string,
    _moves: readonly Move[],
    _to: string,
    _outcome: Encoded,
    _ttl: number,
    _places: readonly ActPlace[],
  ): Promise<readonly boolean[]> {
    return await Promise.reject(new NotKeptError('moves of tasks', 'an OperationsStore without move()'))
  }

  /**
   * Finishes moves out of a queue whose callers have died. Default: there are none.
   *
   * @returns number of tasks
   * @throws what keeps a queue from taking its tasks, once those of the others have arrived. They stay noted
   */
  async finishMoves(_queue: string): Promise<number> {
    return await Promise.resolve(0)
  }

  /**
   * Stores tasks as another store had them: those that are over with their ends, and the others to be run, with the runs that they had.
   * Default: throws {@link NotKeptError}.
   *
   * @returns in order: whether the task was stored; false where one of that id is live or over
   */
  async restore(_queue: string, _tasks: readonly RestoredTask[]): Promise<readonly boolean[]> {
    return await Promise.reject(new NotKeptError('imported tasks', 'an OperationsStore without restore()'))
  }

  /**
   * Gives waiting tasks another priority, behind the others that have it.
   *
   * @param places - only tasks that stand there at the moment of the write
   * @returns in order: whether the task waits there
   */
  abstract prioritize(
    queue: string,
    ids: readonly string[],
    priority: number,
    places: readonly ActPlace[],
  ): Promise<readonly boolean[]>

  /**
   * Adds what a worker has seen to the series of the queue and of its jobs, and to their totals. The first observation of an interval
   * takes a sample of the queue, too.
   *
   * Jobs beyond 200 of a queue are counted together, as `_other`.
   */
  abstract observe(queue: string, observation: Observation): Promise<ObserveReply>

  /** Series of a queue and of its jobs: in the order of the jobs of the query. Intervals of which nothing is known are left out. */
  abstract series(queue: string, query: StoredSeriesQuery): Promise<readonly (readonly StoredPoint[])[]>

  /** What the jobs of a queue have done since it was first used. */
  abstract totals(queue: string): Promise<readonly JobTotals[]>

  /**
   * Part of its memory, or of its disk, that the store uses, 0 to 1; null: unknown. In a cluster, of the server that has what belongs to
   * no queue.
   */
  abstract memory(): Promise<number | null>

  /** What the servers or files of the store are, and what of them will soon stop the queues. */
  abstract condition(): Promise<StoreCondition>

  /** The schedules of a queue, by job. */
  abstract schedules(queue: string): Promise<readonly StoredTick[]>

  /**
   * Pauses the schedule of a job: the broker refuses its ticks until that is ended. Of several pauses the first one stays. Default: throws
   * {@link NotKeptError}.
   *
   * @param pause - null: ends it
   * @returns whether the queue has a schedule of the job
   */
  async pauseSchedule(_queue: string, _job: string, _pause: Omit<SchedulePause, 'at'> | null): Promise<boolean> {
    return await Promise.reject(new NotKeptError('pauses of schedules', 'an OperationsStore without pauseSchedule()'))
  }

  /** The problems of a queue's jobs, in no order: 500 of them, those that were seen last. */
  abstract problems(queue: string): Promise<readonly StoredProblem[]>

  /** Sets the state of problems. One that is marked has not regressed any more. @returns in order: whether the queue has the problem */
  abstract markProblems(queue: string, ids: readonly string[], state: ProblemState): Promise<readonly boolean[]>

  /** Sends an order to a worker of a queue, which gets it as a notice. @param worker - id of its lease @returns whether anyone heard it */
  abstract order(queue: string, worker: string, order: string): Promise<boolean>

  /** The other namespaces of the same store, as far as they can be found without long looks. */
  abstract namespaces(): Promise<readonly string[]>

  /** Adds an act to the log of acts. An entry of a known operation replaces it. */
  abstract note(entry: AuditEntry): Promise<void>

  /** The last acts, the latest first. */
  abstract audit(limit: number): Promise<readonly AuditEntry[]>

  /**
   * Takes the turn of rules of alerts, so that one process of all evaluates each.
   *
   * @param rules - their keys
   * @param by - name of the turn, which is unique. A call that is sent again gets the turns that it has
   * @param every - time after which the next turn of a rule can be taken, ms
   * @returns in order: the state that is kept of the rule, `''` where there is none; null: another turn has the rule
   */
  abstract takeAlerts(rules: readonly string[], by: string, every: number): Promise<readonly (string | null)[]>

  /** Keeps the state of a rule, unless another turn has it by now. @param by - name of the turn @returns whether it is kept */
  abstract keepAlert(rule: string, by: string, state: string): Promise<boolean>
}
shareClass(OperationsStore, 'OperationsStore')
