import { described, isPulsarError, JobDefinitionError } from '../../errors.js'
import { Concurrency } from '../../model/concurrency.js'
import { COUNT_RULE, isCount } from '../../model/count.js'
import { isName, isQueueName, NAME_RULE, QUEUE_NAME_RULE } from '../../model/name.js'
import { isMemberNames, MEMBER_NAMES_RULE } from '../../model/member-names.js'
import type { JobOptions } from '../../model/job-options.js'
import type { Duration } from '../../model/duration.js'
import { toMilliseconds } from '../../model/duration.js'
import { didYouMean } from '../../util/did-you-mean.js'

type Check = (value: unknown) => string | null

const count: Check = (value) => (isCount(value) ? null : COUNT_RULE)
const storedName: Check = (value) => (isName(value) ? null : NAME_RULE)
const text: Check = (value) => (typeof value === 'string' && value !== '' ? null : 'a string that is not empty')
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value) ? null : `one of ${values.map(described).join(', ')}`
const duration: Check = (value) => {
  try {
    toMilliseconds(value as Duration, 'it')
    return null
  } catch (error) {
    if (isPulsarError(error, 'PQ_INVALID_DURATION')) return error.expected
    throw error
  }
}

const CHECKS: Readonly<Record<keyof JobOptions, Check>> = {
  name: storedName,
  concurrency: oneOf(...Object.values(Concurrency), 'asyncio', 'green', 'thread', 'process'),
  maxRetries: count,
  retryDelay: duration,
  backoff: checkBackoff,
  timeout: duration,
  expires: duration,
  maxConcurrency: count,
  overflow: oneOf('wait', 'revoke'),
  priority: (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 9 ? null : 'a whole number from 0 to 9',
  defaultQueue: (value) => (isQueueName(value) ? null : QUEUE_NAME_RULE),
  resultTtl: duration,
  redact: (value) => (isMemberNames(value) ? null : MEMBER_NAMES_RULE),
  args: (value) => (typeof value === 'function' ? null : 'a class'),
  inject: (value) => (Array.isArray(value) ? null : 'a list of what the constructor gets'),
  runEvery: duration,
  anchor: (value) => (typeof value === 'object' && value !== null ? null : 'a Date or { hour, minute, second }'),
  cron: text,
  timeZone: text,
  catchUp: oneOf('none', 'latest', 'all'),
}

/** Checks the options of a job. @throws {@link JobDefinitionError} with the first option that is unknown or malformed */
export function checkJobOptions(job: string, options: JobOptions): void {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw new JobDefinitionError(job, `expected the options to be an object, got ${described(options)}`)
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(CHECKS, name)) {
      const names = Object.keys(CHECKS)
      const hint = didYouMean(name, names, `there are ${names.join(', ')}`)
      throw new JobDefinitionError(job, `unknown option ${name}; ${hint}`)
    }
    const expected = value === undefined ? null : CHECKS[name as keyof JobOptions](value)
    if (expected !== null)
      throw new JobDefinitionError(job, `expected option ${name} to be ${expected}, got ${described(value)}`)
  }
}

function checkBackoff(value: unknown): string | null {
  if (typeof value === 'function') return null
  const expected = "a function or { type: 'fixed' | 'exponential', max?, jitter? } with jitter from 0 to 1"
  if (typeof value !== 'object' || value === null) return expected
  const { type, max, jitter } = value as { type?: unknown; max?: unknown; jitter?: unknown }
  const known = type === 'fixed' || type === 'exponential'
  const jittered = jitter === undefined || (typeof jitter === 'number' && jitter >= 0 && jitter <= 1)
  return known && jittered && (max === undefined || duration(max) === null) ? null : expected
}
