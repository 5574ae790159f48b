import { InvalidOptionError, described } from '../../errors.js'
import { lostNumber } from '../../util/json-numbers.js'
import type { Duration } from '../../model/duration.js'
import type { ActName, ActOptions, ActProgress, ActResult, Plan } from '../../operate/acts.js'
import type { Control } from '../../operate/control.js'
import { errorMessage } from '../../util/thrown.js'
import { scopedFilter } from '../scoped-filter.js'
import { actOptions } from './act-options.js'
import type { Route, RouteContext } from './route.js'
import { optionalText, textOf } from './route.js'

const ACTS: readonly ActName[] = ['retry', 'revoke', 'run-now', 'move', 'drop', 'prioritize']

/** The routes that change something. */
export const actRoutes: readonly Route[] = [
  { method: 'POST', pattern: 'plans', needs: 'act', answer: planned },
  { method: 'POST', pattern: 'plans/:id', needs: 'act', answer: carriedOut },
  { method: 'POST', pattern: 'tasks/:id/retry', needs: 'act', answer: retriedWith },
  { method: 'POST', pattern: 'queues/:name/pause', needs: 'queue', answer: pauses('pause') },
  { method: 'POST', pattern: 'queues/:name/resume', needs: 'queue', answer: pauses('resume') },
  { method: 'POST', pattern: 'workers/:name/quiet', needs: 'queue', answer: orders('quiet') },
  { method: 'POST', pattern: 'workers/:name/resume', needs: 'queue', answer: orders('resume') },
  { method: 'POST', pattern: 'workers/:name/stop', needs: 'queue', answer: orders('stop') },
  { method: 'POST', pattern: 'schedules/:job/run', needs: 'act', answer: runs },
]

async function planned({ control, visitor, plans, body, signal }: RouteContext): Promise<unknown> {
  const act = ACTS.find((one) => one === body['act'])
  if (act === undefined) throw new InvalidOptionError('act', `one of ${ACTS.join(', ')}`, String(body['act']))
  if (act === 'drop') visitor.demand('destroy')
  const plan = await control.plan(act, scopedFilter(textOf(body, 'filter'), visitor), { signal })
  return { ...plan, id: plans.keep(plan, visitor) }
}

/** Lines of progress, and the result as the last one. */
async function* carriedOut(context: RouteContext): AsyncGenerator {
  const { control, plans, visitor, path, body, signal } = context
  const id = path['id'] ?? ''
  const plan = plans.get(id, visitor)
  if (plan.act === 'drop') visitor.demand('destroy')
  if (body['count'] !== plan.count) {
    throw new InvalidOptionError(
      'count',
      `${String(plan.count)}, the number of tasks of the plan`,
      String(body['count']),
    )
  }
  // A plan is carried out once.
  plans.delete(id)
  const news = new News<ActProgress>()
  const options: ActOptions = { ...actOptions(context), signal, onProgress: news.add }
  const result = act(control, plan, options, context).finally(news.end)
  for await (const progress of news) yield { progress }
  yield { result: await result }
}

async function act(control: Control, plan: Plan, options: ActOptions, context: RouteContext): Promise<ActResult> {
  const { body, visitor } = context
  switch (plan.act) {
    case 'retry': {
      const spread = optionalText(body, 'spread')
      return await control.retry(plan, { ...options, ...(spread !== undefined && { spread: spread as Duration }) })
    }
    case 'revoke':
      return await control.revoke(plan, options)
    case 'run-now':
      return await control.runNow(plan, options)
    case 'move': {
      const queue = textOf(body, 'queue')
      visitor.demandQueue(queue)
      return await control.move(plan, queue, options)
    }
    case 'drop':
      return await control.drop(plan, options)
    case 'prioritize':
      return await control.prioritize(plan, Number(textOf(body, 'priority')), options)
  }
}

/** One failed task, with other arguments. */
async function retriedWith(context: RouteContext): Promise<ActResult> {
  const { control, visitor, path, body } = context
  visitor.demand('payloads')
  const plan = await control.plan(
    'retry',
    scopedFilter(`id:"${(path['id'] ?? '').replace(/["\\]/g, '\\$&')}"`, visitor),
  )
  return await control.retry(plan, { ...actOptions(context), args: argumentsOf(textOf(body, 'args')) })
}

/** @throws {@link InvalidOptionError} */
function argumentsOf(text: string): Readonly<Record<string, unknown>> {
  let args: unknown
  try {
    args = JSON.parse(text)
  } catch (error) {
    throw new InvalidOptionError('args', 'an object as JSON', errorMessage(error))
  }
  if (typeof args !== 'object' || args === null || Array.isArray(args)) {
    throw new InvalidOptionError('args', 'an object as JSON', described(args))
  }
  const lost = lostNumber(text)
  if (lost === null) return args as Readonly<Record<string, unknown>>
  const hint = 'where the job takes a bigint, write its digits as a string'
  throw new InvalidOptionError('args', 'numbers that a double of 64 bits keeps', lost, hint)
}

function pauses(act: 'pause' | 'resume'): Route['answer'] {
  return async (context) => {
    const queue = context.path['name'] ?? ''
    context.visitor.demandQueue(queue)
    await context.control[act](queue, actOptions(context))
    return {}
  }
}

function orders(order: 'quiet' | 'resume' | 'stop'): Route['answer'] {
  return async (context) => {
    const { control, visitor, path } = context
    const name = path['name'] ?? ''
    const worker = (await control.workers()).find((one) => one.name === name)
    // It concerns all queues of the worker.
    for (const { queue } of worker?.queues ?? []) visitor.demandQueue(queue)
    await control.worker(name)[order](actOptions(context))
    return {}
  }
}

/** Queues a periodic job once, now. */
async function runs({ api, control, visitor, path }: RouteContext): Promise<unknown> {
  const job = path['job'] ?? ''
  const schedule = (await control.schedules()).find((one) => one.job === job)
  if (schedule !== undefined) visitor.demandQueue(schedule.queue)
  const future = api.tasks.queue(job, {}, { callback: false, ...(schedule && { queue: schedule.queue }) })
  return { id: (await future).id }
}

/** What comes while somebody else reads. Of several at once, the reader gets the last one. */
class News<T> implements AsyncIterable<T> {
  #last: T | undefined
  #isOver = false
  #wake: () => void = () => undefined

  readonly add = (value: T): void => {
    this.#last = value
    this.#wake()
  }

  readonly end = (): void => {
    this.#isOver = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    while (!this.#isOver || this.#last !== undefined) {
      const value = this.#last
      this.#last = undefined
      if (value !== undefined) yield value
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
