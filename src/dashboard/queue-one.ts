import { randomUUID } from 'node:crypto'
import { apiParts } from '../api/api-parts.js'
import type { Api } from '../api/api.js'
import { controlParts } from '../api/api.js'
import type { Duration } from '../model/duration.js'
import type { ActOptions } from '../operate/acts.js'
import { exactTerm } from '../operate/filter/quote-value.js'
import { noteAct } from '../operate/run-act.js'

/** What a visitor gives for a task. */
export interface OneCall {
  /** As JSON has them. */
  readonly args: Readonly<Record<string, unknown>>
  /** Default: that of the job. */
  readonly queue?: string | undefined
  readonly delay?: Duration | undefined
}

/**
 * Queues one task as a producer does, with its checks, and logs it as an act.
 *
 * @returns the id of the task
 * @throws {@link TaskNotAvailableError}; {@link InvalidArgumentsError}; {@link InvalidOptionError}
 */
export async function queueOne(
  api: Api,
  job: string,
  { args, queue, delay }: OneCall & { readonly queue: string },
  options: ActOptions,
): Promise<string> {
  const parts = apiParts(api)
  const call = parts.producer.jobs.describe(job).fromJson(args)
  const { id } = await api.tasks.queue(job, call, { callback: false, queue, delay })
  const target = `${exactTerm('job', job)} ${exactTerm('queue', queue)} ${exactTerm('id', id)}`
  await noteAct(controlParts(parts), { act: 'queue', operation: randomUUID(), target, done: 1, skipped: 0 }, options)
  return id
}
