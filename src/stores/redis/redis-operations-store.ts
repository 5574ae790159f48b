import type { ActPlace } from '../../model/act-place.js'
import type { Encoded } from '../../model/encoded.js'
import type { JobTotals, Observation, ObserveReply, StoredPoint, StoredSeriesQuery } from '../kept-series.js'
import type { ProblemState, StoredProblem } from '../../model/problem.js'
import type {
  AuditEntry,
  ListedState,
  Move,
  Prefilter,
  QueueInspection,
  Redrive,
  RedriveVerdict,
  RestoredTask,
  SearchedPart,
  SearchStep,
  StoreCondition,
  StoredPage,
  StoredTick,
} from '../operations-store.js'
import type { SchedulePause } from '../../model/schedule-pause.js'
import { OperationsStore } from '../operations-store.js'
import { audit } from './operations/audit.js'
import { condition } from './operations/condition.js'
import { drop } from './operations/drop.js'
import { finishMoves } from './operations/finish-moves.js'
import { find } from './operations/find.js'
import { inspect } from './operations/inspect.js'
import { keepAlert } from './operations/keep-alert.js'
import { list } from './operations/list.js'
import { markProblems } from './operations/mark-problems.js'
import { memory } from './operations/memory.js'
import { move } from './operations/move.js'
import { note } from './operations/note.js'
import { pauseSchedule } from './operations/pause-schedule.js'
import { observe } from './operations/observe.js'
import { namespaces } from './operations/namespaces.js'
import { order } from './operations/order.js'
import { prioritize } from './operations/prioritize.js'
import { problems } from './operations/problems.js'
import { redrive } from './operations/redrive.js'
import { restore } from './operations/restore.js'
import { schedules } from './operations/schedules.js'
import { series } from './operations/series.js'
import { takeAlerts } from './operations/take-alerts.js'
import { totals } from './operations/totals.js'
import type { RedisSession } from './queue/redis-session.js'

/** The queues in Redis for those who operate them. Shares the session of its broker, which creates it. */
export class RedisOperationsStore extends OperationsStore {
  readonly #session: RedisSession

  constructor(session: RedisSession) {
    super()
    this.#session = session
  }

  async inspect(queue: string): Promise<QueueInspection> {
    return await inspect(this.#session, queue)
  }

  async list(queue: string, state: ListedState, cursor: string | null, limit: number): Promise<StoredPage> {
    return await list(this.#session, queue, state, cursor, limit)
  }

  async find(queue: string, part: SearchedPart, filter: Prefilter, cursor: string | null): Promise<SearchStep> {
    return await find(this.#session, queue, part, filter, cursor)
  }

  async redrive(queue: string, tasks: readonly Redrive[], operation: string): Promise<readonly RedriveVerdict[]> {
    return await redrive(this.#session, queue, tasks, operation)
  }

  async drop(
    queue: string,
    ids: readonly string[],
    operation: string,
    places: readonly ActPlace[],
  ): Promise<readonly boolean[]> {
    return await drop(this.#session, queue, ids, operation, places)
  }

  override async move(
    queue: string,
    moves: readonly Move[],
    to: string,
    outcome: Encoded,
    ttl: number,
    places: readonly ActPlace[],
  ): Promise<readonly boolean[]> {
    return await move(this.#session, queue, moves, to, outcome, ttl, places)
  }

  override async finishMoves(queue: string): Promise<number> {
    return await finishMoves(this.#session, queue)
  }

  override async restore(queue: string, tasks: readonly RestoredTask[]): Promise<readonly boolean[]> {
    return await restore(this.#session, queue, tasks)
  }

  async prioritize(
    queue: string,
    ids: readonly string[],
    priority: number,
    places: readonly ActPlace[],
  ): Promise<readonly boolean[]> {
    return await prioritize(this.#session, queue, ids, priority, places)
  }

  async schedules(queue: string): Promise<readonly StoredTick[]> {
    return await schedules(this.#session, queue)
  }

  override async pauseSchedule(queue: string, job: string, pause: Omit<SchedulePause, 'at'> | null): Promise<boolean> {
    return await pauseSchedule(this.#session, queue, job, pause)
  }

  async observe(queue: string, observation: Observation): Promise<ObserveReply> {
    return await observe(this.#session, queue, observation)
  }

  async series(queue: string, query: StoredSeriesQuery): Promise<readonly (readonly StoredPoint[])[]> {
    return await series(this.#session, queue, query)
  }

  async memory(): Promise<number | null> {
    return await memory(this.#session)
  }

  async condition(): Promise<StoreCondition> {
    return await condition(this.#session)
  }

  async totals(queue: string): Promise<readonly JobTotals[]> {
    return await totals(this.#session, queue)
  }

  async problems(queue: string): Promise<readonly StoredProblem[]> {
    return await problems(this.#session, queue)
  }

  async markProblems(queue: string, ids: readonly string[], state: ProblemState): Promise<readonly boolean[]> {
    return await markProblems(this.#session, queue, ids, state)
  }

  async order(queue: string, worker: string, text: string): Promise<boolean> {
    return await order(this.#session, queue, worker, text)
  }

  async namespaces(): Promise<readonly string[]> {
    return await namespaces(this.#session)
  }

  async note(entry: AuditEntry): Promise<void> {
    await note(this.#session, entry)
  }

  async audit(limit: number): Promise<readonly AuditEntry[]> {
    return await audit(this.#session, limit)
  }

  async takeAlerts(rules: readonly string[], by: string, every: number): Promise<readonly (string | null)[]> {
    return await takeAlerts(this.#session, rules, by, every)
  }

  async keepAlert(rule: string, by: string, state: string): Promise<boolean> {
    return await keepAlert(this.#session, rule, by, state)
  }
}
