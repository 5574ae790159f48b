import { InvalidOptionError, described } from '../../errors.js'
import type { Duration } from '../../model/duration.js'
import type { ActOptions, ActProgress, ActResult, Plan } from '../../operate/acts.js'
import type { ActInput } from '../../operate/carry-out.js'
import { actNameOf } from '../../operate/act-name.js'
import { confirmCount } from '../../operate/carry-out.js'
import type { VisitorOrder } from '../visitor-control.js'
import { actOptions } from './act-options.js'
import { argumentsOf } from './arguments-of.js'
import type { Route, RouteContext } from './route.js'
import { optionalText, textOf } from './route.js'
import { unawaited } from '../../util/unawaited.js'

const REASON = ['reason'] as const
/** What the page asks for before it carries a plan out; an act takes its part of it. */
const INPUT = ['count', 'spread', 'queue', 'priority', ...REASON] as const

/** The routes that change something. */
export const actRoutes: readonly Route[] = [
  { method: 'POST', pattern: 'plans', needs: 'act', body: ['act', 'filter'], answer: planned },
  { method: 'POST', pattern: 'plans/:id', needs: 'act', body: INPUT, answer: carriedOut },
  { method: 'POST', pattern: 'plans/:id/cancel', needs: 'act', answer: cancelled },
  { method: 'POST', pattern: 'tasks/:id/retry', needs: 'act', body: ['args', ...REASON], answer: retriedWith },
  { method: 'POST', pattern: 'queues/:name/pause', needs: 'queue', body: REASON, answer: pauses('pause') },
  { method: 'POST', pattern: 'queues/:name/resume', needs: 'queue', body: REASON, answer: pauses('resume') },
  { method: 'POST', pattern: 'workers/:name/quiet', needs: 'queue', body: REASON, answer: orders('quiet') },
  { method: 'POST', pattern: 'workers/:name/resume', needs: 'queue', body: REASON, answer: orders('resume') },
  { method: 'POST', pattern: 'workers/:name/stop', needs: 'queue', body: REASON, answer: orders('stop') },
  { method: 'POST', pattern: 'workers/:name/concurrency', needs: 'queue', body: ['tasks', ...REASON], answer: resized },
  { method: 'POST', pattern: 'schedules/:job/run', needs: 'act', body: ['queue', ...REASON], answer: runs },
  {
    method: 'POST',
    pattern: 'schedules/:job/pause',
    needs: 'queue',
    body: ['queue', ...REASON],
    answer: holds('pause'),
  },
  {
    method: 'POST',
    pattern: 'schedules/:job/resume',
    needs: 'queue',
    body: ['queue', ...REASON],
    answer: holds('resume'),
  },
]

async function planned({ control, visitor, plans, body, signal }: RouteContext): Promise<unknown> {
  const plan = await control.plan(actNameOf(body['act']), textOf(body, 'filter'), signal)
  return { ...plan, id: plans.keep(plan, visitor) }
}

/** Lines of progress, and the result as the last one. What is wrong with the request is told before the first line. */
function carriedOut(context: RouteContext): AsyncIterable<unknown> {
  const { plans, visitor, path, body } = context
  const id = path['id'] ?? ''
  const plan = plans.get(id, visitor)
  confirmCount(plan, body['count'])
  const input = inputOf(plan, body)
  if (input.queue !== undefined) visitor.demandQueue(input.queue)
  return progressOf(id, plan, input, context)
}

/** Who closes the dialog needs the plan no more. */
async function cancelled({ plans, visitor, path }: RouteContext): Promise<unknown> {
  const id = path['id'] ?? ''
  plans.get(id, visitor)
  plans.delete(id)
  return await Promise.resolve({})
}

async function* progressOf(id: string, plan: Plan, input: ActInput, context: RouteContext): AsyncGenerator {
  const news = new News<ActProgress>()
  const options: ActOptions = { ...actOptions(context), signal: context.signal, onProgress: news.add }
  const { control, plans } = context
  // A client that is gone awaits no result.
  const result = unawaited(plans.once(id, async () => await control.carryOut(plan, input, options)).finally(news.end))
  for await (const progress of news) yield { progress }
  yield { result: await result }
}

/** @throws {@link InvalidOptionError} */
function inputOf({ act }: Plan, body: RouteContext['body']): ActInput {
  switch (act) {
    case 'retry': {
      const spread = optionalText(body, 'spread')
      return spread === undefined ? {} : { spread: spread as Duration }
    }
    case 'move':
      return { queue: textOf(body, 'queue') }
    case 'prioritize': {
      const priority = textOf(body, 'priority')
      if (/^\d$/.test(priority)) return { priority: Number(priority) }
      throw new InvalidOptionError('priority', 'a digit from 0 to 9', described(priority))
    }
    default:
      return {}
  }
}

/** One failed task, with other arguments. */
async function retriedWith(context: RouteContext): Promise<ActResult> {
  const { control, path, body } = context
  return await control.retryWith(path['id'] ?? '', argumentsOf(textOf(body, 'args')), actOptions(context))
}

function pauses(act: 'pause' | 'resume'): Route['answer'] {
  return async (context) => {
    await context.control.pause(act, context.path['name'] ?? '', actOptions(context))
    return {}
  }
}

function orders(act: Exclude<VisitorOrder['act'], 'concurrency'>): Route['answer'] {
  return async (context) => {
    await context.control.order({ act }, context.path['name'] ?? '', actOptions(context))
    return {}
  }
}

/** The control checks the number. */
async function resized(context: RouteContext): Promise<unknown> {
  const { control, path, body } = context
  await control.order({ act: 'concurrency', tasks: body['tasks'] as number }, path['name'] ?? '', actOptions(context))
  return {}
}

/** Queues a periodic job once, now. */
async function runs(context: RouteContext): Promise<unknown> {
  const { control, path, body } = context
  return { id: await control.runSchedule(path['job'] ?? '', optionalText(body, 'queue'), actOptions(context)) }
}

/** Pauses a schedule, or ends that. */
function holds(act: 'pause' | 'resume'): Route['answer'] {
  return async (context) => {
    const { control, path, body } = context
    await control.pauseSchedule(act, path['job'] ?? '', optionalText(body, 'queue'), actOptions(context))
    return {}
  }
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
