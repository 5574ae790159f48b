import type {
  AutoscaleOptions,
  JobsQuery,
  MetricsOptions,
  SeriesQuery,
  TaskDetails,
  TaskSummary,
} from '../operate/looks.js'
import type { ListQuery } from '../operate/searches.js'
import type { ProblemQuery } from '../operate/problems.js'
import type { Control } from '../operate/control.js'
import { numberParam, optionalParam, optionalTextParam, textParam } from './params.js'
import type { MethodContext, RpcMethod } from './rpc-method.js'

type Params = Readonly<Record<string, unknown>>

/** Tasks that `control.find` gives, unless a limit is given, and at most. */
const FOUND = 100
const MOST_FOUND = 1_000

/** What operators see. The control itself checks what is given. */
export function controlLooks(control: Control): [string, RpcMethod][] {
  return [
    look('queues', [], async () => await control.queues()),
    look('queue', ['name'], async (params) => await control.queue(textParam(params, 'name'))),
    look('list', ['queue', 'state', 'limit', 'cursor'], async (params) => {
      const query = { queue: textParam(params, 'queue'), state: textParam(params, 'state') as ListQuery['state'] }
      const [limit, cursor] = [numberParam(params, 'limit'), optionalTextParam(params, 'cursor')]
      return await control.list(query, { limit, cursor })
    }),
    look('find', ['filter', 'limit', 'deep'], async (params, context) => await find(control, params, context)),
    look('show', ['id'], async (params) => shown(await control.show(textParam(params, 'id')))),
    look('explain', ['id'], async (params) => await control.explain(textParam(params, 'id'))),
    look('problems', ['queue', 'state'], async (params) => {
      const state = optionalTextParam(params, 'state') as ProblemQuery['state']
      return await control.problems({ queue: optionalTextParam(params, 'queue'), state })
    }),
    look('workers', [], async () => await control.workers()),
    look('schedules', [], async () => await control.schedules()),
    look('series', ['queue', 'job', 'from', 'to', 'step'], async (params) => await control.series(seriesOf(params))),
    look('jobs', ['queue', 'job', 'over'], async (params) => {
      const [queue, job] = [optionalTextParam(params, 'queue'), optionalTextParam(params, 'job')]
      return await control.jobs({ queue, job, over: optionalParam(params, 'over') as JobsQuery['over'] })
    }),
    look('audit', ['limit'], async (params) => await control.audit({ limit: numberParam(params, 'limit') })),
    look('doctor', [], async () => await control.doctor()),
    look('autoscale', ['queue', 'drain', 'slots'], async (params) => {
      const drain = optionalParam(params, 'drain') as AutoscaleOptions['drain']
      return await control.autoscale(textParam(params, 'queue'), { drain, slots: numberParam(params, 'slots') })
    }),
    look('metrics', ['format'], async (params) => {
      return await control.metrics({ format: optionalTextParam(params, 'format') as MetricsOptions['format'] })
    }),
  ]
}

function look(
  name: string,
  parameters: readonly string[],
  call: (params: Params, context: MethodContext) => Promise<unknown>,
): [string, RpcMethod] {
  return [`control.${name}`, { parameters, call }]
}

async function find(control: Control, params: Params, { signal }: MethodContext): Promise<unknown> {
  const limit = numberParam(params, 'limit', MOST_FOUND) ?? FOUND
  const search = control.find(textParam(params, 'filter'), {
    limit,
    signal,
    deep: optionalParam(params, 'deep') as boolean | undefined,
  })
  const tasks: TaskSummary[] = []
  for await (const task of search) tasks.push(task)
  return { tasks, ...search.progress }
}

function seriesOf(params: Params): SeriesQuery {
  return {
    queue: textParam(params, 'queue'),
    job: optionalTextParam(params, 'job'),
    from: numberParam(params, 'from') ?? 0,
    to: numberParam(params, 'to'),
    step: textParam(params, 'step') as SeriesQuery['step'],
  }
}

/** Stack traces, and the data of errors, describe this machine and are left out, as of `tasks.get`. */
function shown(details: TaskDetails | null): object | null {
  if (details === null) return null
  const { stacktrace: _, details: _details, ...rest } = details
  return rest
}
