import { InvalidArgumentsError, InvalidOptionError, described } from '../errors.js'
import type { JobCatalogue, JobDescription } from '../jobs/loading/job-catalogue.js'
import { JOB_RULE } from '../jobs/loading/job-catalogue.js'
import type { TaskCall } from '../model/task-record.js'
import type { CheckedOptions } from './check-options.js'
import { isList } from '../util/is-list.js'
import { errorMessage } from '../util/thrown.js'

/** Arguments by name, or by position. */
export type CallArguments = ArgumentsByName | readonly unknown[]

export type ArgumentsByName = Readonly<Record<string, unknown>>

/** A job of a call, and the call's arguments once they are checked. */
export interface CheckedTarget {
  readonly job: JobDescription
  readonly args: ArgumentsByName | Promise<ArgumentsByName>
}

/** @throws {@link InvalidOptionError}, {@link TaskNotAvailableError}, {@link InvalidArgumentsError} */
export function checkTarget(jobs: JobCatalogue, target: string | object, args: CallArguments): CheckedTarget {
  const given: unknown = target
  const isTarget = typeof given === 'string' || typeof given === 'function' || typeof given === 'object'
  if (!isTarget || given === null) {
    throw new InvalidOptionError('job', JOB_RULE, described(given))
  }
  const job = jobs.describe(typeof target === 'string' ? target : jobs.nameOf(target))
  return { job, args: job.checkArguments(isList(args) ? job.nameArguments(readList(job.name, args)) : args) }
}

/** A list of arguments, each read once. A proxy may throw here. */
function readList(job: string, args: readonly unknown[]): readonly unknown[] {
  try {
    return [...args]
  } catch (error) {
    const received = `one that throws: ${errorMessage(error)}`
    throw new InvalidArgumentsError(job, 'list', 'a list whose items can be read', received)
  }
}

/** The call as the task carries it. Members are assigned one by one: each spread would make one more object a task. */
export function taskCall(
  { name: job, redact }: JobDescription,
  args: ArgumentsByName,
  { delay, timeout, expires, meta }: CheckedOptions,
  parent: string | null,
): TaskCall {
  // With its arguments at once: members that are added later take an object of their own.
  const call: { -readonly [K in keyof TaskCall]: TaskCall[K] } = hasMembers(args) ? { job, args } : { job }
  if (delay > 0) call.delay = delay
  if (timeout !== null) call.timeout = timeout
  if (expires !== null) call.expires = expires
  if (meta !== null) call.meta = meta
  if (parent !== null) call.parent = parent
  if (redact !== undefined && redact.length > 0) call.redact = redact
  return call
}

function hasMembers(args: ArgumentsByName): boolean {
  for (const name in args) if (Object.hasOwn(args, name)) return true
  return false
}
