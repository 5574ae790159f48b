import { InvalidOptionError, described } from '../errors.js'
import type { Config } from '../model/config.js'
import type { Duration } from '../model/duration.js'
import type { OrderedLogLevel } from '../model/worker-order.js'
import type { ActOptions } from '../operate/acts.js'
import { actNameOf } from '../operate/act-name.js'
import { carryOut, confirmCount } from '../operate/carry-out.js'
import type { Control } from '../operate/control.js'
import { KeptPlans } from '../operate/kept-plans.js'
import { numberParam, objectParam, optionalParam, optionalTextParam, textParam } from './params.js'
import type { MethodContext, RpcMethod } from './rpc-method.js'

type Params = Readonly<Record<string, unknown>>

const PROBLEM_ACTS = ['resolve', 'mute', 'reopen'] as const

/** Callers have one right and one token: their plans are of one owner, who sees all queues. */
const OWNER = { user: 'json-rpc', filter: '' }

/** What operators do. An act on tasks is planned first; what carries it out repeats the number of its tasks. */
export function controlActs(control: Control, config: Config): [string, RpcMethod][] {
  const plans = new KeptPlans()
  return [
    act('plan', ['act', 'filter', 'max', 'to', 'deep'], async (params, { signal }) => {
      const options = {
        max: numberParam(params, 'max'),
        to: optionalParam(params, 'to') as string | number | undefined,
        deep: optionalParam(params, 'deep') as boolean | undefined,
        signal,
      }
      const plan = await control.plan(actNameOf(params['act']), textParam(params, 'filter'), options)
      return { ...plan, id: plans.keep(plan, OWNER) }
    }),
    act('carry_out', ['plan', 'count', 'spread', 'args', 'queue', 'priority', 'reason'], async (params, context) => {
      const id = textParam(params, 'plan')
      const plan = plans.get(id, OWNER)
      confirmCount(plan, params['count'])
      const input = {
        spread: optionalParam(params, 'spread') as Duration | undefined,
        args: objectParam(params, 'args'),
        queue: optionalTextParam(params, 'queue'),
        priority: numberParam(params, 'priority'),
      }
      const options = { ...by(params, context), signal: context.signal }
      return await plans.once(id, async () => await carryOut(control, plan, input, options, config))
    }),
    act('pause', ['queue', 'reason'], async (params, context) => {
      await control.pause(textParam(params, 'queue'), by(params, context))
    }),
    act('resume', ['queue', 'reason'], async (params, context) => {
      await control.resume(textParam(params, 'queue'), by(params, context))
    }),
    act('worker', ['name', 'order', 'tasks', 'level', 'reason'], async (params, context) => {
      await order(control, params, by(params, context))
    }),
    act('problem', ['id', 'act', 'queue', 'reason'], async (params, context) => {
      const what = PROBLEM_ACTS.find((one) => one === params['act'])
      if (what === undefined) throw new InvalidOptionError('act', PROBLEM_ACTS.join(', '), described(params['act']))
      const options = { ...by(params, context), queue: optionalTextParam(params, 'queue') }
      return await control.problem(textParam(params, 'id'))[what](options)
    }),
    act('run_schedule', ['job', 'queue', 'reason'], async (params, context) => {
      const options = { ...by(params, context), queue: optionalTextParam(params, 'queue') }
      return { id: await control.runSchedule(textParam(params, 'job'), options) }
    }),
    act('pause_schedule', ['job', 'queue', 'reason'], async (params, context) => {
      const options = { ...by(params, context), queue: optionalTextParam(params, 'queue') }
      await control.pauseSchedule(textParam(params, 'job'), options)
    }),
    act('resume_schedule', ['job', 'queue', 'reason'], async (params, context) => {
      const options = { ...by(params, context), queue: optionalTextParam(params, 'queue') }
      await control.resumeSchedule(textParam(params, 'job'), options)
    }),
  ]
}

function act(
  name: string,
  parameters: readonly string[],
  call: (params: Params, context: MethodContext) => Promise<unknown>,
): [string, RpcMethod] {
  return [`control.${name}`, { parameters, call }]
}

async function order(control: Control, params: Params, options: ActOptions): Promise<void> {
  const worker = control.worker(textParam(params, 'name'))
  switch (params['order']) {
    case 'quiet':
    case 'resume':
    case 'stop':
      await worker[params['order']](options)
      return
    case 'concurrency':
      await worker.concurrency(numberParam(params, 'tasks') ?? NaN, options)
      return
    case 'log-level':
      await worker.logLevel(textParam(params, 'level') as OrderedLogLevel, options)
      return
    default:
      throw new InvalidOptionError('order', 'quiet, resume, stop, concurrency or log-level', described(params['order']))
  }
}

/** Who acts, as the log of acts has it: nothing tells the callers of one token apart but their address. */
function by(params: Params, { remoteAddress }: MethodContext): ActOptions {
  return { by: `json-rpc@${remoteAddress ?? 'unknown'}`, from: 'rpc', reason: optionalTextParam(params, 'reason') }
}
