import { InvalidOptionError, NotFoundError } from '../../errors.js'
import type { TaskDetails } from '../../operate/looks.js'
import type { TaskSearch } from '../../operate/searches.js'
import { toJson } from '../../serializers/to-json.js'
import type { JobOverview, PayloadName, TaskAnswer } from '../answers.js'
import { parameterText } from '../job-form.js'
import type { VisitorControl } from '../visitor-control.js'
import { series } from './charts.js'
import type { Route, RouteContext } from './route.js'
import { wholeOf } from './route.js'
import { startOf } from '../../util/cut-text.js'

/** Longest payload that a task's page gets with each look, characters. All of it is an answer of its own. */
const LONGEST_PAYLOAD = 65_536
const PAYLOADS = ['args', 'result', 'meta', 'progress', 'runInfo', 'details'] as const satisfies readonly PayloadName[]

/** The routes that change nothing. */
export const lookRoutes: readonly Route[] = [
  { method: 'GET', pattern: 'queues', needs: 'view', answer: rows(async (control) => await control.queues()) },
  {
    method: 'GET',
    pattern: 'queues/:name',
    needs: 'view',
    answer: async ({ control, path }) => await control.queue(path['name'] ?? ''),
  },
  { method: 'GET', pattern: 'tasks', needs: 'view', query: ['queue', 'state', 'limit', 'cursor'], answer: listed },
  { method: 'GET', pattern: 'find', needs: 'view', query: ['q'], answer: found },
  { method: 'GET', pattern: 'tasks/:id', needs: 'view', answer: shown },
  { method: 'GET', pattern: 'tasks/:id/payloads/:name', needs: 'payloads', answer: wholePayload },
  { method: 'GET', pattern: 'tasks/:id/logs', needs: 'payloads', answer: followed },
  { method: 'GET', pattern: 'series', needs: 'view', query: ['queue', 'job', 'step', 'from'], answer: series },
  { method: 'GET', pattern: 'jobs', needs: 'view', answer: rows(jobs) },
  { method: 'GET', pattern: 'workers', needs: 'view', answer: rows(async (control) => await control.workers()) },
  { method: 'GET', pattern: 'schedules', needs: 'view', answer: rows(async (control) => await control.schedules()) },
  { method: 'GET', pattern: 'audit', needs: 'view', answer: rows(async (control) => await control.audit()) },
  { method: 'GET', pattern: 'doctor', needs: 'view', answer: async ({ control }) => await control.doctor() },
]

function rows(look: (control: VisitorControl) => Promise<readonly unknown[]>): Route['answer'] {
  return async ({ control }) => ({ rows: await look(control) })
}

const STATES = ['ready', 'delayed', 'held', 'failed', 'recent'] as const

async function listed({ control, query }: RouteContext): Promise<unknown> {
  const queue = query.get('queue') ?? ''
  const state = STATES.find((one) => one === query.get('state'))
  if (state === undefined)
    throw new InvalidOptionError('state', `one of ${STATES.join(', ')}`, query.get('state') ?? 'nothing')
  const limit = wholeOf(query, 'limit') ?? 50
  const cursor = query.get('cursor')
  return await control.list({ queue, state }, { limit, ...(cursor !== null && { cursor }) })
}

/** A filter that is refused is told before the first line. */
function found({ control, query, signal }: RouteContext): AsyncIterable<unknown> {
  const filter = query.get('q') ?? ''
  return hitsOf(control.find(filter, signal), async () => await control.searchHint(filter))
}

/** @param hint - says what may be meant where nothing is found */
async function* hitsOf(search: TaskSearch, hint: () => Promise<string | null>): AsyncGenerator {
  let told = 0
  for await (const hit of search) {
    yield { hit }
    told += 1
    if (told % 50 === 0) yield { progress: search.progress }
  }
  const says = told === 0 ? await hint() : null
  yield { progress: { ...search.progress, ...(says !== null && { hint: says }) } }
}

async function followed({ control, path, signal }: RouteContext): Promise<AsyncIterable<unknown>> {
  return await control.follow(path['id'] ?? '', signal)
}

async function shown({ control, visitor, path, options }: RouteContext): Promise<TaskAnswer> {
  const { details, explanation } = await control.show(path['id'] ?? '')
  const { args, result, meta, progress, runInfo, details: errorDetails, ...task } = details
  const given = { args, result, meta, progress, runInfo, details: errorDetails }
  const payloads = {} as Record<PayloadName, string | null>
  const cut: Partial<Record<PayloadName, number>> = {}
  for (const name of PAYLOADS) {
    const text = visitor.may('payloads') ? payloadText(details, given[name], name) : null
    if (text !== null && text.length > LONGEST_PAYLOAD) cut[name] = text.length
    payloads[name] = text === null ? null : startOf(text, LONGEST_PAYLOAD)
  }
  const links = [...task.links, ...(options.links?.(details) ?? [])].filter(({ href }) => /^https?:/i.test(href))
  return { task: { ...task, links }, payloads, cut, explanation }
}

/** Null: the task has none. */
function payloadText({ state }: TaskDetails, value: unknown, name: PayloadName): string | null {
  const isThere = value !== undefined && value !== null && (name !== 'result' || state === 'done')
  return isThere ? toJson(value) : null
}

/** @throws {@link NotFoundError} the task has no such payload */
async function wholePayload({ control, path }: RouteContext): Promise<unknown> {
  const { details } = await control.show(path['id'] ?? '')
  const name = PAYLOADS.find((one) => one === path['name'])
  const value = name && details[name]
  if (name === undefined || payloadText(details, value, name) === null)
    throw new NotFoundError(
      'payload',
      path['name'] ?? '',
      `a task has ${PAYLOADS.join(', ')}, as far as they are known`,
    )
  return value
}

async function jobs(control: VisitorControl): Promise<JobOverview[]> {
  const figures = await control.figures()
  const byWorkers = await control.knownJobs(figures)
  const own = new Map(control.ownJobs())
  const names = [...new Set([...own.keys(), ...byWorkers.keys(), ...figures.map(({ job }) => job)])].sort()
  return names.map((name) => {
    const job = own.get(name)
    return {
      name,
      concurrency: job?.concurrency ?? null,
      parameters: job?.parameters.map(parameterText) ?? null,
      doc: job?.doc.split('\n', 1)[0] ?? null,
      workers: byWorkers.get(name) ?? 0,
      figures: figures.filter((each) => each.job === name),
    }
  })
}
