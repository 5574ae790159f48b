import type { AlertItem, AlertKind } from '../../model/alert.js'
import type { CheckedRule } from '../../model/alert-rules.js'
import { latencyQuantile } from '../../model/latency-buckets.js'
import { countOf } from '../../util/count-of.js'
import { workerOfId } from '../../model/worker-id.js'
import { inWords } from '../in-words.js'
import { oldestReady } from '../queue-overview.js'
import { readEach } from '../read-each.js'
import type { AlertState } from './alert-state.js'
import type { AlertView } from './alert-view.js'
import { isNamed } from './alert-view.js'

/** What a rule finds now. */
export type Found = Omit<AlertItem, 'since'>

/** How a kind is measured. @returns all that is so now, told or not */
type Measure = (rule: CheckedRule, view: AlertView, state: AlertState) => Promise<Found[]>

/** Time over which the wait of a job is measured, ms. */
const LATENCY_WINDOW = 300_000

const MEASURES: Readonly<Record<AlertKind, Measure>> = {
  'problem.new': newProblems,
  'problem.regressed': regressedProblems,
  failures,
  latency: async (rule, view) => (rule.job === null ? await oldTasks(rule, view) : await slowJobs(rule, view)),
  noWorker: queuesWithoutWorker,
  workerLost: lostWorkers,
  scheduleMissed: missedSchedules,
  store: fullStore,
}

/** What a rule finds now: each item is over when it is not found any more. */
export async function measureRule(rule: CheckedRule, view: AlertView, state: AlertState): Promise<Found[]> {
  const now = await MEASURES[rule.kind](rule, view, state)
  // Nothing says that what was told of a queue is over while it cannot be read.
  const known = new Set(now.map(({ subject }) => subject))
  const kept = state.items.filter(
    ({ queue, subject, isTold }) => isTold && queue !== null && view.unread.has(queue) && !known.has(subject),
  )
  return [...now, ...kept]
}

function found(subject: string, says: string, more: Partial<Found>): Found {
  return { subject, says, queue: null, job: null, problem: null, worker: null, value: null, ...more }
}

/** A look at each queue that a rule is about. */
async function inEach(
  { queue }: CheckedRule,
  view: AlertView,
  look: (name: string) => Promise<Found[]>,
): Promise<Found[]> {
  return (await readEach(await view.queues(queue), look, view.missed)).flat()
}

/**
 * Time before the last turn in which what came is still new, ms: another process may have stored it at that time and been read only later,
 * and the clocks of several masters differ. What an alert has told is not told again.
 */
const OVERLAP = 10_000

/** Open problems that were first seen since the last turn, and those of which an alert has told. */
async function newProblems(rule: CheckedRule, view: AlertView, { seen, items }: AlertState): Promise<Found[]> {
  const known = new Set(items.map(({ subject }) => subject))
  return await openProblems(rule, view, ({ first }, subject) => first > seen - OVERLAP || known.has(subject))
}

async function regressedProblems(rule: CheckedRule, view: AlertView): Promise<Found[]> {
  return await openProblems(rule, view, ({ regressed }) => regressed)
}

async function openProblems(
  rule: CheckedRule,
  view: AlertView,
  isMeant: (problem: Awaited<ReturnType<AlertView['problems']>>[number], subject: string) => boolean,
): Promise<Found[]> {
  return await inEach(rule, view, async (queue) => {
    const problems = await view.problems(queue)
    return problems.flatMap((problem) => {
      const { id, job, error, message, count } = problem
      const subject = `${queue}/${id}`
      if (problem.state !== 'open' || !isNamed(rule.job, job) || !isMeant(problem, subject)) return []
      const says = `${job} in queue ${queue}: ${error}: ${message} (${countOf(count, 'run')}, problem ${id})`
      return [found(subject, says, { queue, job, problem: id, value: count })]
    })
  })
}

async function failures(rule: CheckedRule, view: AlertView): Promise<Found[]> {
  return await inEach(rule, view, async (queue) => {
    const ended = await view.ended(queue, rule.job, rule.for)
    return [...ended].flatMap(([job, { succeeded, failed }]) => {
      const part = failed === 0 ? 0 : failed / (succeeded + failed)
      const value = rule.isPart ? part : failed
      if (value <= rule.above) return []
      const share = rule.isPart ? ` (${percent(part)})` : ''
      const says = `${countOf(failed, 'task')}${share} of ${job === null ? '' : `${job} in `}queue ${queue} failed within ${inWords(rule.for)}`
      return [found(placeOf(queue, job), says, { queue, job, value })]
    })
  })
}

async function oldTasks({ above, ...rule }: CheckedRule, view: AlertView): Promise<Found[]> {
  return await inEach({ above, ...rule }, view, async (queue) => {
    const value = oldestReady(await view.inspect(queue)) ?? 0
    const says = `a task of queue ${queue} has waited for ${inWords(value)}`
    return value > above ? [found(queue, says, { queue, value })] : []
  })
}

async function slowJobs(rule: CheckedRule, view: AlertView): Promise<Found[]> {
  return await inEach(rule, view, async (queue) => {
    const ended = await view.ended(queue, rule.job, LATENCY_WINDOW)
    return [...ended].flatMap(([job, { wait }]) => {
      const value = latencyQuantile(wait, 0.95) ?? 0
      const says = `one in twenty runs of ${String(job)} in queue ${queue} waits ${inWords(value)} or longer`
      return value > rule.above ? [found(placeOf(queue, job), says, { queue, job, value })] : []
    })
  })
}

async function queuesWithoutWorker(rule: CheckedRule, view: AlertView): Promise<Found[]> {
  return await inEach(rule, view, async (queue) => {
    const { workers, sizes } = await view.inspect(queue)
    if (sizes.ready <= rule.above || workers.some(({ state }) => state === 'alive')) return []
    const says = `queue ${queue} has ${countOf(sizes.ready, 'ready task')} and no worker`
    return [found(queue, says, { queue, value: sizes.ready })]
  })
}

/** Workers that were found dead since the last turn, and those of which an alert has told. */
async function lostWorkers(rule: CheckedRule, view: AlertView, { seen, items }: AlertState): Promise<Found[]> {
  const known = new Set(items.map(({ subject }) => subject))
  const all = await inEach(rule, view, async (queue) => {
    const { workers, lost } = await view.inspect(queue)
    const overdue = workers.filter(({ state }) => state !== 'alive').map(({ id }) => id)
    const dead = lost.filter(({ id, at }) => at > seen - OVERLAP || known.has(workerOfId(id))).map(({ id }) => id)
    return [...overdue, ...dead].map((id) => {
      const worker = workerOfId(id)
      return found(worker, `worker ${worker} of queue ${queue} has not renewed its lease in time`, { queue, worker })
    })
  })
  return [...new Map(all.map((each) => [each.subject, each])).values()]
}

async function missedSchedules(rule: CheckedRule, view: AlertView): Promise<Found[]> {
  const schedules = await view.schedules()
  return schedules.flatMap(({ queue, job, next, overdue }) => {
    // One that this process does not know may be gone from the program.
    const value = next === null ? 0 : (overdue ?? 0)
    if (value <= rule.above || !isNamed(rule.queue, queue) || !isNamed(rule.job, job)) return []
    const says = `periodic job ${job} has been overdue for ${inWords(value)}: no process has queued it`
    return [found(placeOf(queue, job), says, { queue, job, value })]
  })
}

async function fullStore({ above }: CheckedRule, view: AlertView): Promise<Found[]> {
  const value = await view.memory()
  if (value === null || value <= above) return []
  return [found('store', `the store has used ${percent(value)} of its memory or disk`, { value })]
}

function placeOf(queue: string, job: string | null): string {
  return job === null ? queue : `${queue}/${job}`
}

function percent(part: number): string {
  return `${String(Math.round(part * 1_000) / 10)} %`
}
