import { InvalidOptionError, TaskNotAvailableError } from '../../errors.js'
import type { TaskDetails, WorkerOverview } from '../../operate/looks.js'
import { toJson } from '../../serializers/to-json.js'
import type { JobOverview, PayloadName, TaskAnswer } from '../answers.js'
import { figuresOf, series } from './charts.js'
import { scopedFilter } from '../scoped-filter.js'
import type { Route, RouteContext } from './route.js'

/** Longest payload that a task's page gets at once, characters. The whole of it can be downloaded. */
const LONGEST_PAYLOAD = 4_000_000

/** The routes that change nothing. */
export const lookRoutes: readonly Route[] = [
  { method: 'GET', pattern: 'queues', needs: 'view', answer: async (context) => ({ rows: await queuesOf(context) }) },
  { method: 'GET', pattern: 'tasks', needs: 'view', answer: listed },
  { method: 'GET', pattern: 'find', needs: 'view', answer: found },
  { method: 'GET', pattern: 'tasks/:id', needs: 'view', answer: shown },
  { method: 'GET', pattern: 'series', needs: 'view', answer: series },
  { method: 'GET', pattern: 'jobs', needs: 'view', answer: jobs },
  {
    method: 'GET',
    pattern: 'workers',
    needs: 'view',
    answer: async (context) => ({ rows: await workersOf(context) }),
  },
  {
    method: 'GET',
    pattern: 'schedules',
    needs: 'view',
    answer: async ({ control, visitor }) => ({
      rows: (await control.schedules()).filter(({ queue }) => visitor.sees(queue)),
    }),
  },
  {
    method: 'GET',
    pattern: 'audit',
    needs: 'view',
    answer: async ({ control, visitor }) => ({
      rows: visitor.seesAll
        ? await control.audit({ limit: 500 })
        : (await control.audit({ limit: 500 })).filter(({ by }) => by === visitor.user),
    }),
  },
  { method: 'GET', pattern: 'doctor', needs: 'view', answer: async ({ control }) => await control.doctor() },
]

type Sight = Pick<RouteContext, 'control' | 'visitor'>

/** The queues that a visitor sees. */
async function queuesOf({ control, visitor }: Sight): Promise<Awaited<ReturnType<Sight['control']['queues']>>> {
  return (await control.queues()).filter(({ name }) => visitor.sees(name))
}

/** The workers of these queues. */
async function workersOf({ control, visitor }: Sight): Promise<WorkerOverview[]> {
  return visitor.seenWorkers(await control.workers())
}

const STATES = ['ready', 'delayed', 'held', 'failed', 'recent'] as const

async function listed({ control, visitor, query }: RouteContext): Promise<unknown> {
  const queue = query.get('queue') ?? ''
  visitor.demandQueue(queue)
  const state = STATES.find((one) => one === query.get('state'))
  if (state === undefined)
    throw new InvalidOptionError('state', `one of ${STATES.join(', ')}`, query.get('state') ?? 'nothing')
  const limit = Number(query.get('limit') ?? 50)
  const cursor = query.get('cursor')
  return await control.list({ queue, state }, { limit, ...(cursor !== null && { cursor }) })
}

async function* found({ control, visitor, query, signal }: RouteContext): AsyncGenerator {
  const search = control.find(scopedFilter(query.get('q') ?? '', visitor), { signal })
  let told = 0
  for await (const hit of search) {
    yield { hit }
    told += 1
    if (told % 50 === 0) yield { progress: search.progress }
  }
  yield { progress: search.progress }
}

async function shown({ control, visitor, path, options }: RouteContext): Promise<TaskAnswer> {
  const id = path['id'] ?? ''
  const details = await control.show(id)
  if (details !== null) visitor.demandQueue(details.queue)
  const explanation = await control.explain(id)
  if (details === null) throw new TaskNotAvailableError(id, explanation.says)
  const { args, result, meta, progress, runInfo, details: errorDetails, ...task } = details
  const may = visitor.may('payloads')
  const text = (value: unknown): string | null =>
    may && value !== undefined && value !== null ? cut(toJson(value)) : null
  const payloads: Record<PayloadName, string | null> = {
    args: text(args),
    result: details.state === 'done' ? text(result) : null,
    meta: text(meta),
    progress: text(progress),
    runInfo: text(runInfo),
    details: text(errorDetails),
  }
  const links = [...task.links, ...(options.links?.(details) ?? [])].filter(({ href }) => /^https?:/i.test(href))
  return { task: { ...withoutStack(task, may), links }, payloads, explanation }
}

/** A stack shows code and paths. */
function withoutStack(task: Omit<TaskDetails, PayloadName>, may: boolean): Omit<TaskDetails, PayloadName> {
  return may ? task : { ...task, stacktrace: null, logs: null }
}

function cut(text: string): string {
  return text.length > LONGEST_PAYLOAD ? `${text.slice(0, LONGEST_PAYLOAD)}…` : text
}

async function jobs({ api, control, visitor, looks }: RouteContext): Promise<{ rows: JobOverview[] }> {
  const figures = await figuresOf({ control, visitor, looks })
  const workers = (await workersOf({ control, visitor })).filter(({ state }) => state === 'alive')
  const byWorkers = new Map<string, number>()
  for (const job of workers.flatMap(({ status }) => status?.jobs ?? []))
    byWorkers.set(job, (byWorkers.get(job) ?? 0) + 1)
  const own = new Map(api.tasks.jobList())
  const names = [...new Set([...own.keys(), ...byWorkers.keys(), ...figures.map(({ job }) => job)])].sort()
  return {
    rows: names.map((name) => {
      const job = own.get(name)
      return {
        name,
        concurrency: job?.concurrency ?? null,
        parameters:
          job?.parameters.map(({ name: parameter, optional }) => (optional ? `${parameter}?` : parameter)) ?? null,
        doc: job?.doc.split('\n', 1)[0] ?? null,
        workers: byWorkers.get(name) ?? 0,
        figures: figures.filter((each) => each.job === name),
      }
    }),
  }
}
