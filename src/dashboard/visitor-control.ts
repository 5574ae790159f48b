import { apiParts } from '../api/api-parts.js'
import type { Api } from '../api/api.js'
import { ForbiddenError, NotFoundError } from '../errors.js'
import type { WorkerOrder } from '../model/worker-order.js'
import type { ActName, ActOptions, ActResult, Plan } from '../operate/acts.js'
import type { ActInput } from '../operate/carry-out.js'
import { withoutOthers } from '../operate/busy-elsewhere.js'
import { carryOut } from '../operate/carry-out.js'
import type { Control } from '../operate/control.js'
import { keptOrNull } from '../operate/kept-or-null.js'
import { workersIn } from '../operate/list-workers.js'
import { meantJob } from '../operate/filter/meant-job.js'
import { parseFilter } from '../operate/filter/parse-filter.js'
import { exactTerm } from '../operate/filter/quote-value.js'
import { looksIntoPayloads } from '../operate/filter/terms.js'
import type {
  AutoscaleOptions,
  AutoscaleSignal,
  Diagnosis,
  Explanation,
  JobFigures,
  LogLine,
  MetricsOptions,
  Problem,
  QueueOverview,
  ScheduleOverview,
  Series,
  SeriesQuery,
  TaskDetails,
  TaskPage,
  WorkerOverview,
} from '../operate/looks.js'
import type { ProblemControl } from '../operate/problems.js'
import { readEach } from '../operate/read-each.js'
import type { ListOptions, ListQuery, TaskSearch } from '../operate/searches.js'
import type { AuditEntry } from '../stores/operations-store.js'
import type { JobForm } from './answers.js'
import { isSeenAct } from './auth/seen-acts.js'
import type { Visitor } from './auth/visitor.js'
import { jobForm } from './job-form.js'
import type { KeptLooks } from './kept-looks.js'
import type { OneCall } from './queue-one.js'
import { queueOne } from './queue-one.js'

/** Orders of a worker that the dashboard gives. */
export type VisitorOrder = Extract<WorkerOrder, { act: 'quiet' | 'resume' | 'stop' | 'concurrency' }>

/**
 * What one visitor sees and does: the only way from a route to the store. Each member checks what the visitor may, so that no route can
 * forget it.
 */
export class VisitorControl {
  readonly #api: Api
  readonly #control: Control
  readonly #visitor: Visitor
  readonly #kept: KeptLooks

  /** @param control - of the dashboard, which may hide more than that of the api: it alone is asked */
  constructor(api: Api, control: Control, visitor: Visitor, kept: KeptLooks) {
    visitor.demand('view')
    this.#api = api
    this.#control = control
    this.#visitor = visitor
    this.#kept = kept
  }

  /** Those that the visitor sees. */
  async queues(): Promise<QueueOverview[]> {
    return (await this.#control.queues()).filter(({ name }) => this.#visitor.sees(name))
  }

  /** One of them alone, with who has paused it. */
  async queue(name: string): Promise<QueueOverview> {
    this.#visitor.demandQueue(name)
    return await this.#control.queue(name)
  }

  async list(query: ListQuery, options: ListOptions): Promise<TaskPage> {
    this.#visitor.demandQueue(query.queue)
    return await this.#control.list(query, options)
  }

  find(filter: string, signal: AbortSignal): TaskSearch {
    return this.#control.find(this.#scoped(filter), { signal })
  }

  /** What may be meant by a filter that matches nothing: a job whose name stands there as the id of a task. Null: nothing is known. */
  async searchHint(filter: string): Promise<string | null> {
    // Most filters have no id: nothing is asked for them.
    if (!parseFilter(filter).terms.some(({ key }) => key === 'id')) return null
    const figures = await this.figures()
    const known = [...figures.map(({ job }) => job), ...(await this.knownJobs(figures)).keys()]
    const job = meantJob(filter, [...known, ...this.ownJobs().map(([name]) => name)])
    return job === null ? null : `No task has the id ${job}. It is a job: ${exactTerm('job', job)} finds its tasks.`
  }

  /** A task, and why it is where it is. @throws {@link NotFoundError} */
  async show(id: string): Promise<{ details: TaskDetails; explanation: Explanation }> {
    const details = await this.#control.show(id)
    // Where it is else, in a queue or a namespace, is not told to whoever does not see that.
    if (!this.#visitor.seesAll && (details === null || !this.#visitor.sees(details.queue))) throw noTask(id)
    // It asks workers, and other namespaces: too much for each look of each page.
    const key = `explain ${JSON.stringify([id, details?.state, details?.runs])}`
    const explanation = await this.#kept.get(key, async () => await this.#control.explain(id))
    if (details === null) throw new NotFoundError('task', id, explanation.says)
    const { reasons } = explanation
    return {
      details: this.#visitor.may('payloads') ? details : withoutPayloads(details),
      explanation: this.#visitor.seesAll ? explanation : { ...explanation, reasons: reasons.map(withoutOthers) },
    }
  }

  /** The lines that a task logs, as they come. */
  async follow(id: string, signal: AbortSignal): Promise<AsyncIterable<LogLine>> {
    this.#visitor.demand('payloads')
    // Who does not see its queue learns nothing of it.
    await this.show(id)
    return this.#control.follow(id, { signal })
  }

  /** The names of all queues. Viewers share them, as they share the looks at each. */
  async #queues(): Promise<readonly string[]> {
    return await this.#kept.get('queues', async () => await this.#api.broker.queues())
  }

  /** What has ended: of one queue, or one for each queue that the visitor sees. */
  async series({ queue, ...query }: Omit<SeriesQuery, 'queue'> & { queue: string | null }): Promise<Series[]> {
    if (queue !== null) this.#visitor.demandQueue(queue)
    const queues = queue === null ? (await this.#queues()).filter((name) => this.#visitor.sees(name)) : [queue]
    const { step, from, job } = query
    const lookAt = async (name: string): Promise<Series> => {
      const key = `series ${JSON.stringify([name, job, step, from])}`
      const look = async (): Promise<Series> => await this.#control.series({ ...query, queue: name })
      return await this.#kept.get(key, look, queues.length)
    }
    if (queue !== null) return [await lookAt(queue)]
    // The list of the queues says which cannot be read.
    return await readEach(queues, lookAt, () => undefined)
  }

  /** What the jobs of the queues that the visitor sees have done in the last hour. Empty where the store keeps no series. */
  async figures(): Promise<JobFigures[]> {
    const look = async (): Promise<JobFigures[]> => await this.#control.jobs({ over: '1h' })
    // It asks each queue for three things.
    const calls = 3 * (await this.#queues()).length
    const all = await keptOrNull(this.#kept.get('jobs', look, calls))
    return all?.filter(({ queue }) => this.#visitor.sees(queue)) ?? []
  }

  /** The jobs that this process knows. They tell of no queue: a visitor of some queues gets none of them. */
  ownJobs(): ReturnType<Api['tasks']['jobList']> {
    return this.#visitor.seesAll ? this.#api.tasks.jobList() : []
  }

  async workers(): Promise<WorkerOverview[]> {
    return this.#visitor.seenWorkers(await this.#control.workers())
  }

  /**
   * How many workers that are alive know each job. A visitor of some queues is told of the jobs that have run in these, and of the
   * workers that consume them.
   */
  async knownJobs(figures: readonly JobFigures[]): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>()
    for (const { state, status } of workersIn(await this.#control.workers(), this.#isSeen)) {
      if (state !== 'lost') for (const job of status?.jobs ?? []) counts.set(job, (counts.get(job) ?? 0) + 1)
    }
    if (this.#visitor.seesAll) return counts
    const seen = new Set(figures.map(({ job }) => job))
    return new Map([...counts].filter(([job]) => seen.has(job)))
  }

  async schedules(): Promise<ScheduleOverview[]> {
    return (await this.#control.schedules()).filter(({ queue }) => this.#visitor.sees(queue))
  }

  /** A visitor of some queues sees the acts that are known to concern these alone, and their own. */
  async audit(): Promise<readonly AuditEntry[]> {
    const all = await this.#control.audit({ limit: 500 })
    return all.filter((entry) => isSeenAct(entry, this.#visitor))
  }

  async doctor(): Promise<Diagnosis> {
    return await this.#control.doctor({ queues: this.#isSeen })
  }

  async problems(): Promise<Problem[]> {
    return (await this.#control.problems()).filter(({ queue }) => this.#visitor.sees(queue))
  }

  async metrics(format: MetricsOptions['format']): Promise<string> {
    return await this.#control.metrics({ format, queues: this.#isSeen })
  }

  async autoscale(queue: string, options: AutoscaleOptions): Promise<AutoscaleSignal> {
    this.#visitor.demandQueue(queue)
    return await this.#control.autoscale(queue, options)
  }

  async plan(act: ActName, filter: string, signal: AbortSignal): Promise<Plan> {
    this.#demandAct(act)
    return await this.#control.plan(act, this.#scoped(filter), { signal })
  }

  async carryOut(plan: Plan, input: ActInput, options: ActOptions): Promise<ActResult> {
    this.#demandAct(plan.act)
    if (plan.act === 'move') this.#visitor.demandQueue(input.queue ?? '')
    return await carryOut(this.#control, plan, input, options, apiParts(this.#api).config)
  }

  /** Queues one failed task again, with other arguments. */
  async retryWith(id: string, args: Readonly<Record<string, unknown>>, options: ActOptions): Promise<ActResult> {
    this.#demandAct('retry')
    this.#visitor.demand('payloads')
    const plan = await this.#control.plan('retry', this.#scoped(exactTerm('id', id)))
    if (plan.count === 0 && (await this.#isHidden(id))) throw noTask(id)
    return await this.#control.retry(plan, { ...options, args })
  }

  /** What a form needs to queue a task of a job. @throws {@link NotFoundError} */
  async form(job: string): Promise<JobForm> {
    this.#visitor.demand('queue')
    const { producer, config } = apiParts(this.#api)
    if (!producer.jobs.names().includes(job) || !(await this.#isSeenJob(job))) throw noJob(job)
    return jobForm(producer.jobs.describe(job), config.defaultTaskQueue)
  }

  /** Queues one task, as a producer does. @returns its id @throws {@link NotFoundError} for a job */
  async queueOne(job: string, call: OneCall, options: ActOptions): Promise<string> {
    const { queue: own } = await this.form(job)
    const queue = call.queue ?? own
    this.#visitor.demandQueue(queue)
    return await queueOne(this.#api, job, { ...call, queue }, options)
  }

  async pause(act: 'pause' | 'resume', queue: string, options: ActOptions): Promise<void> {
    this.#visitor.demand('queue')
    this.#visitor.demandQueue(queue)
    await this.#control[act](queue, options)
  }

  /** An order concerns all queues of its worker, so the visitor has to see all of them. */
  async order(order: VisitorOrder, name: string, options: ActOptions): Promise<void> {
    this.#visitor.demand('queue')
    const worker = (await this.#control.workers()).find((one) => one.name === name)
    if (!worker?.queues.some(({ queue }) => this.#visitor.sees(queue))) {
      throw new NotFoundError('worker', name, 'it has ended, or consumes no queue that you see')
    }
    if (worker.queues.some(({ queue }) => !this.#visitor.sees(queue))) {
      throw new ForbiddenError(`${this.#visitor.user} does not see all queues of the worker ${name}`)
    }
    const told = this.#control.worker(name)
    if (order.act === 'concurrency') await told.concurrency(order.tasks, options)
    else await told[order.act](options)
  }

  async mark(act: keyof ProblemControl, id: string, queue: string, options: ActOptions): Promise<void> {
    this.#visitor.demand('act')
    this.#visitor.demandQueue(queue)
    await this.#control.problem(id)[act]({ ...options, queue })
  }

  /** Queues a periodic job once. @param queue - whose schedule is meant. Default: the first that the visitor sees @returns the id of its task */
  async runSchedule(job: string, queue: string | undefined, options: ActOptions): Promise<string> {
    this.#visitor.demand('act')
    return await this.#control.runSchedule(job, { ...options, queue: await this.#queueOf(job, queue) })
  }

  /** Pauses a schedule, or ends that. @param queue - as of {@link VisitorControl.runSchedule} */
  async pauseSchedule(
    act: 'pause' | 'resume',
    job: string,
    queue: string | undefined,
    options: ActOptions,
  ): Promise<void> {
    this.#visitor.demand('queue')
    const given = { ...options, queue: await this.#queueOf(job, queue) }
    if (act === 'pause') await this.#control.pauseSchedule(job, given)
    else await this.#control.resumeSchedule(job, given)
  }

  /** The queue of a schedule that the visitor sees. @throws {@link NotFoundError} */
  async #queueOf(job: string, queue: string | undefined): Promise<string> {
    const seen = (await this.schedules()).find(
      (each) => each.job === job && (queue === undefined || each.queue === queue),
    )
    if (seen === undefined) throw new NotFoundError('schedule', job, 'the page Schedules lists those that you see')
    return seen.queue
  }

  /** Whether a task is not there, or in a queue that is not seen. */
  async #isHidden(id: string): Promise<boolean> {
    const details = await this.#control.show(id)
    return details === null || !this.#visitor.sees(details.queue)
  }

  /** A visitor of some queues sees the jobs whose own queue they see, and those that have run in one that they see. */
  async #isSeenJob(job: string): Promise<boolean> {
    if (this.#visitor.seesAll) return true
    const { producer, config } = apiParts(this.#api)
    const own = producer.jobs.describe(job).defaultQueue ?? config.defaultTaskQueue
    return this.#visitor.sees(own) || (await this.figures()).some((figure) => figure.job === job)
  }

  readonly #isSeen = (queue: string): boolean => this.#visitor.sees(queue)

  #demandAct(act: ActName): void {
    this.#visitor.demand(act === 'drop' ? 'destroy' : 'act')
  }

  /**
   * A filter that also leaves out the queues that the visitor does not see. A key that looks into payloads would tell of them, one
   * guess after another.
   */
  #scoped(filter: string): string {
    // Read by itself first: a quote that is open would swallow what is added.
    const { text, terms } = parseFilter(filter)
    if (terms.some(({ key }) => looksIntoPayloads(key))) this.#visitor.demand('payloads')
    return this.#visitor.filter === '' ? text : `${text} ${this.#visitor.filter}`
  }
}

function noTask(id: string): NotFoundError {
  return new NotFoundError('task', id, 'its record may have expired, or it is in no queue that you see')
}

function noJob(job: string): NotFoundError {
  return new NotFoundError(
    'job',
    job,
    'this dashboard queues the jobs that its own process has loaded, and that run in a queue that you see',
  )
}

/** What users wrote, and what shows code and paths, is missing. */
function withoutPayloads(details: TaskDetails): TaskDetails {
  const texts = { stacktrace: null, logs: null, details: null }
  return { ...details, ...texts, args: null, result: null, meta: {}, progress: null, runInfo: {} }
}
