import { randomUUID } from 'node:crypto'
import { checkName, checkQueueName } from '../model/name.js'
import type { AuditEntry } from '../stores/operations-store.js'
import type {
  ActOptions,
  ActResult,
  DropOptions,
  ImportOptions,
  ImportResult,
  Plan,
  PlanOptions,
  RetryOptions,
} from './acts.js'
import type { ActName } from './acts.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import { dropTasks, moveTasks, prioritizeTasks, retryTasks, revokeTasks, runTasksNow } from './act-on-tasks.js'
import { autoscale } from './autoscale.js'
import { actNameOf } from './act-name.js'
import { checkOptions, OPTIONS } from './check-options.js'
import { diagnose } from './doctor.js'
import { explain } from './explain.js'
import { exportTasks } from './export-tasks.js'
import { parseFilter } from './filter/parse-filter.js'
import type { FollowOptions } from './follow-logs.js'
import { followLogs } from './follow-logs.js'
import { findTasks } from './find-tasks.js'
import { listJobs } from './job-figures.js'
import { listSchedules } from './list-schedules.js'
import { listTasks } from './list-tasks.js'
import { listQueues, lookAtAll } from './look-at-all.js'
import { listWorkers } from './list-workers.js'
import { importTasks } from './import-tasks.js'
import { makePlan } from './make-plan.js'
import { pauseSchedule } from './pause-schedule.js'
import type { ProblemControl, ProblemQuery } from './problems.js'
import { controlProblem, listProblems } from './problems.js'
import { readSeries } from './read-series.js'
import type { ScheduleOptions } from './run-schedule.js'
import { runSchedule } from './run-schedule.js'
import { storeMetrics } from './metrics/store-metrics.js'
import { writeMetrics } from './metrics/write-metrics.js'
import { noteAct } from './run-act.js'
import type { TaskFilter } from './filter/task-filter.js'
import type {
  AutoscaleOptions,
  AutoscaleSignal,
  Diagnosis,
  DoctorOptions,
  Explanation,
  JobFigures,
  JobsQuery,
  LogLine,
  MetricsOptions,
  Problem,
  QueueOverview,
  ScheduleOverview,
  Series,
  SeriesQuery,
  StoreOverview,
  TaskDetails,
  TaskPage,
  WorkerOverview,
} from './looks.js'
import { queueOverview } from './queue-overview.js'
import type { ExportOptions, ListOptions, ListQuery, SearchOptions, TaskSearch } from './searches.js'
import { showTask } from './task-details.js'
import { WorkerStatuses } from './worker-statuses.js'
import type { WorkerControl } from './worker-control.js'
import { controlWorker } from './worker-control.js'

/** Most workers that are asked at once. */
const MOST_ASKED = 50
/** Most acts that are read: a store keeps no more. */
const MOST_ENTRIES = 100_000

/** Makes the control of an api. The constructor is private, so that no public type names the app's parts. */
export let createControl: (parts: ControlParts) => Control

/**
 * What those who operate the queues can see and do: `api.control`. The command line, the dashboard and HTTP stand on it. It needs no
 * job code. A payload passes `redact` before it leaves here.
 */
export class Control {
  readonly #parts: ControlParts
  readonly #statuses: WorkerStatuses

  static {
    createControl = (parts) => new Control(parts)
  }

  private constructor(parts: ControlParts) {
    this.#parts = parts
    this.#statuses = new WorkerStatuses(parts)
  }

  /** All queues of the store, by name. One that cannot be read is there with its `error`. */
  async queues(): Promise<QueueOverview[]> {
    return await listQueues(this.#parts)
  }

  /** One queue. One that the store has not seen is empty. */
  async queue(name: string): Promise<QueueOverview> {
    const { broker } = this.#parts
    return await queueOverview(broker, broker.operations(), checkQueueName('queue', name))
  }

  /**
   * One page of the tasks of a queue that are in a state, in order: `ready` as they will run, `delayed` by due time, `held` by worker,
   * `failed` (FAILURE and REVOKED) the latest end first.
   *
   * @throws {@link NotKeptError}; {@link InvalidOptionError}
   */
  async list(query: ListQuery, options: ListOptions = {}): Promise<TaskPage> {
    checkOptions(query, OPTIONS.listQuery)
    checkOptions(options, OPTIONS.list)
    return await listTasks(this.#parts, query, options)
  }

  /**
   * Looks for tasks: a loop over the result gets them as they are found, and its `progress` tells how far the search is. Without a
   * `state:`, live tasks and those in the index of failed ones are looked at.
   *
   * @throws {@link InvalidFilterError} at once
   */
  find(filter: string | TaskFilter, options: SearchOptions = {}): TaskSearch {
    checkOptions(options, OPTIONS.find)
    return findTasks(this.#parts, filter, options)
  }

  /** A task with all that is known of it, its payload included; null: no queue has it. */
  async show(id: string): Promise<TaskDetails | null> {
    return await showTask(this.#parts, checkName('id', id))
  }

  /**
   * Lines that a task logs, as its worker writes them: a loop over the result gets those of the present run, and then the others, until the task has ended or was moved.
   * Only the followed task costs its worker anything. Of a run whose lines are not kept (setting `keepLogs: 'none'`) there are none.
   *
   * @throws {@link NotFoundError} where no queue has the task; {@link NotKeptError}
   */
  follow(id: string, options: FollowOptions = {}): AsyncIterable<LogLine> {
    checkOptions(options, OPTIONS.follow)
    return followLogs(this.#parts, checkName('id', id), options)
  }

  /** Why a task is where it is, with the evidence and what to do. */
  async explain(id: string): Promise<Explanation> {
    return await explain(this.#parts, checkName('id', id))
  }

  /**
   * What an act would change. Nothing is changed before the plan is given to the act itself.
   *
   * @throws {@link InvalidFilterError}; {@link InvalidOptionError}, also for a priority or a queue in `to` that the act would refuse
   */
  async plan(act: ActName, filter: string | TaskFilter, options: PlanOptions = {}): Promise<Plan> {
    checkOptions(options, OPTIONS.plan)
    return await makePlan(this.#parts, actNameOf(act), parseFilter(filter), options)
  }

  /**
   * Queues failed and revoked tasks once more, each as a new task: `a` as `a~1`, that one as `a~2`. A task that was retried already
   * is skipped, so that a second click does nothing.
   */
  async retry(plan: Plan, options: RetryOptions = {}): Promise<ActResult> {
    checkOptions(options, OPTIONS.retry)
    return await retryTasks(this.#parts, plan, options)
  }

  /** Ends tasks as REVOKED, whether they wait or run. */
  async revoke(plan: Plan, options: ActOptions = {}): Promise<ActResult> {
    checkOptions(options, OPTIONS.act)
    return await revokeTasks(this.#parts, plan, options)
  }

  /** Makes delayed tasks ready now. */
  async runNow(plan: Plan, options: ActOptions = {}): Promise<ActResult> {
    checkOptions(options, OPTIONS.act)
    return await runTasksNow(this.#parts, plan, options)
  }

  /**
   * Queues waiting tasks in another queue, each as a new task, and ends the old one as REVOKED.
   *
   * @throws {@link InvalidOptionError} where all of them are in that queue already; of several, those that are there are passed by
   */
  async move(plan: Plan, queue: string, options: ActOptions = {}): Promise<ActResult> {
    checkOptions(options, OPTIONS.act)
    return await moveTasks(this.#parts, plan, queue, options)
  }

  /** Deletes waiting tasks and finished records. */
  async drop(plan: Plan, options: DropOptions = {}): Promise<ActResult> {
    checkOptions(options, OPTIONS.drop)
    return await dropTasks(this.#parts, plan, options)
  }

  /** Gives waiting tasks another priority, behind the others that have it. @param priority - 0 to 9 */
  async prioritize(plan: Plan, priority: number, options: ActOptions = {}): Promise<ActResult> {
    checkOptions(options, OPTIONS.act)
    return await prioritizeTasks(this.#parts, plan, priority, options)
  }

  /** Pauses a queue: workers get none of its tasks. */
  async pause(queue: string, options: ActOptions = {}): Promise<void> {
    checkOptions(options, OPTIONS.act)
    await this.#parts.broker.pause(checkQueueName('queue', queue))
    await this.#noteQueue('pause', queue, options)
  }

  /** Ends a pause. */
  async resume(queue: string, options: ActOptions = {}): Promise<void> {
    checkOptions(options, OPTIONS.act)
    await this.#parts.broker.resume(checkQueueName('queue', queue))
    await this.#noteQueue('resume', queue, options)
  }

  /** Failures grouped by their cause: those that came back after they were resolved first, then the latest. */
  async problems(query: ProblemQuery = {}): Promise<Problem[]> {
    checkOptions(query, OPTIONS.problems)
    return await listProblems(this.#parts, query)
  }

  /** Acts on one problem. @param id - its fingerprint, or the beginning of it */
  problem(id: string): ProblemControl {
    return controlProblem(this.#parts, id)
  }

  /** The workers that have a lease in a queue, by name, with what they say of themselves: those that have not told of late are asked. */
  async workers(): Promise<WorkerOverview[]> {
    return await this.#statuses.of(await listWorkers(this.#parts), MOST_ASKED)
  }

  /**
   * All queues and workers, by one look at each queue: for those who look again and again. One worker a look is asked what it says of itself;
   * it is shown with the next look.
   */
  async overview(): Promise<StoreOverview> {
    const looks = await lookAtAll(this.#parts)
    const workers = looks.workers
    if (workers === null) return looks
    // Who looks does not wait for a worker that is silent.
    void this.#statuses.of(workers, 1).catch(() => undefined)
    return { ...looks, workers: this.#statuses.known(workers) }
  }

  /** Acts on one worker, by its name. */
  worker(name: string): WorkerControl {
    return controlWorker(this.#parts, name)
  }

  /** The periodic jobs that the store or this process knows, by name. */
  async schedules(): Promise<ScheduleOverview[]> {
    return await listSchedules(this.#parts)
  }

  /**
   * Runs a periodic job once, now, besides its schedule.
   *
   * @param options - `queue`: the queue whose schedule is meant. Default: the first one that has it
   * @returns the id of the task
   * @throws {@link NotFoundError} where neither the store nor this process knows such a schedule; {@link TaskNotAvailableError} where this process has no such job
   */
  async runSchedule(job: string, options: ScheduleOptions = {}): Promise<string> {
    checkOptions(options, OPTIONS.actInQueue)
    return await runSchedule(this.#parts, checkName('job', job), options)
  }

  /**
   * Pauses the schedule of a periodic job: no process takes its ticks. When it is resumed, the ticks of the pause are missed ones, as those
   * of an outage: `catchUp` of the job decides which are queued then.
   *
   * @param options - `queue`: the queue whose schedule is meant. Default: the first one that has it
   * @throws {@link NotFoundError} where the store knows no such schedule; {@link NotKeptError}
   */
  async pauseSchedule(job: string, options: ScheduleOptions = {}): Promise<void> {
    checkOptions(options, OPTIONS.actInQueue)
    await pauseSchedule(this.#parts, 'pause', checkName('job', job), options)
  }

  /** Ends the pause of a schedule. The options and errors are those of {@link Control.pauseSchedule}. */
  async resumeSchedule(job: string, options: ScheduleOptions = {}): Promise<void> {
    checkOptions(options, OPTIONS.actInQueue)
    await pauseSchedule(this.#parts, 'resume', checkName('job', job), options)
  }

  /**
   * What has ended in a queue, or in one of its jobs, over time, with histograms of how long runs waited and took. For 15 seconds after
   * a look, workers tell of the queue each second.
   *
   * @throws {@link NotKeptError}; {@link InvalidOptionError}
   */
  async series(query: SeriesQuery): Promise<Series> {
    checkOptions(query, OPTIONS.series)
    return await readSeries(this.#parts, query)
  }

  /** The jobs of all queues, or of one, with their rates and percentiles over the last hour, or another time. */
  async jobs(query: JobsQuery = {}): Promise<JobFigures[]> {
    checkOptions(query, OPTIONS.jobs)
    return await listJobs(this.#parts, query)
  }

  /** The last acts, the latest first: 100 of them, unless a limit is given. */
  async audit(options: { readonly limit?: number | undefined } = {}): Promise<readonly AuditEntry[]> {
    checkOptions(options, OPTIONS.audit)
    return await operationsOf(this.#parts, 'acts').audit(Math.min(options.limit ?? 100, MOST_ENTRIES))
  }

  /**
   * Checks the store, the queues and the workers.
   *
   * @param options - `queues`: which queues, with their workers. Default: all
   */
  async doctor(options: DoctorOptions = {}): Promise<Diagnosis> {
    checkOptions(options, OPTIONS.doctor)
    return await diagnose(this.#parts, options.queues)
  }

  /**
   * What an autoscaler needs to know of a queue: the workers that serve what comes, and work off what waits within a minute, or
   * another time.
   *
   * @throws {@link NotMeasuredError} where that is unknown, which is not 0; {@link NotKeptError}
   */
  async autoscale(queue: string, options: AutoscaleOptions = {}): Promise<AutoscaleSignal> {
    checkOptions(options, OPTIONS.autoscale)
    return await autoscale(this.#parts, queue, options)
  }

  /**
   * The metrics of the whole store as Prometheus reads them: what `/metrics/store` answers.
   *
   * @param options - `queues`: which queues. Default: all. `format`: default `prometheus`
   */
  async metrics(options: MetricsOptions = {}): Promise<string> {
    checkOptions(options, OPTIONS.metrics)
    const { format = 'prometheus', queues } = options
    return writeMetrics(await storeMetrics(this.#parts, queues), format)
  }

  /** Tasks as lines of JSON, which {@link Control.import} reads. What `redact` hides is missing, unless `whole` is set. */
  export(filter: string | TaskFilter, options: ExportOptions = {}): AsyncIterable<string> {
    checkOptions(options, OPTIONS.export)
    return exportTasks(this.#parts, parseFilter(filter), options)
  }

  /**
   * Brings the tasks of an export back, under their ids: what is there already is left alone, so that it can be repeated. Those that waited
   * or ran wait, with the runs that they had. Those that were over are so, with results, errors, logs and attempts, and do not run again;
   * their records are kept for an hour, failures for seven days.
   *
   * @throws {@link NotKeptError}; {@link InvalidOptionError} for a line that is no task, after those before it were taken
   */
  async import(lines: AsyncIterable<string> | Iterable<string>, options: ImportOptions = {}): Promise<ImportResult> {
    return await importTasks(this.#parts, lines, options)
  }

  async #noteQueue(act: string, queue: string, options: ActOptions): Promise<void> {
    await noteAct(this.#parts, { act, operation: randomUUID(), target: `queue:${queue}`, done: 1, skipped: 0 }, options)
  }
}
