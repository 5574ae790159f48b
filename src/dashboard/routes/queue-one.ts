import type { Duration } from '../../model/duration.js'
import type { JobForm } from '../answers.js'
import { actOptions } from './act-options.js'
import { argumentsOf } from './arguments-of.js'
import type { Route, RouteContext } from './route.js'
import { optionalText, textOf } from './route.js'

/** The routes that queue one task of a job. */
export const queueRoutes: readonly Route[] = [
  { method: 'GET', pattern: 'jobs/:name/form', needs: 'queue', answer: form },
  {
    method: 'POST',
    pattern: 'jobs/:name/queue',
    needs: 'queue',
    body: ['args', 'queue', 'delay', 'reason'],
    answer: queued,
  },
]

async function form({ control, path }: RouteContext): Promise<JobForm> {
  return await control.form(path['name'] ?? '')
}

async function queued(context: RouteContext): Promise<unknown> {
  const { control, path, body } = context
  const call = {
    args: argumentsOf(textOf(body, 'args')),
    queue: optionalText(body, 'queue'),
    delay: durationOf(optionalText(body, 'delay')),
  }
  return { id: await control.queueOne(path['name'] ?? '', call, actOptions(context)) }
}

/** A plain number is seconds, as everywhere at the public face. */
function durationOf(text: string | undefined): Duration | undefined {
  return (text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : text) as Duration | undefined
}
