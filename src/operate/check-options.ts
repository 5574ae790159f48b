import { described, InvalidOptionError } from '../errors.js'
import { checkOptionNames } from '../model/check-option-names.js'

/** What an option has to be, in words, and whether a value is that. Undefined always is: the default holds. */
interface Check {
  readonly expected: string
  readonly fits: (value: unknown) => boolean
}

/** The options of a method by name. Others are unknown, and refused. */
export type OptionChecks = Readonly<Record<string, Check>>

const TEXT: Check = { expected: 'a string', fits: (value) => typeof value === 'string' }
const FLAG: Check = { expected: 'true or false', fits: (value) => typeof value === 'boolean' }
const FUNCTION: Check = { expected: 'a function', fits: (value) => typeof value === 'function' }
const OBJECT: Check = {
  expected: 'an object',
  fits: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
}
const SIGNAL: Check = {
  expected: 'an AbortSignal',
  fits: (value) => typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value,
}
const COUNT: Check = {
  expected: 'a whole number from 1',
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
}
const TARGET: Check = {
  expected: 'the name of a queue, or a priority',
  fits: (value) => typeof value === 'string' || typeof value === 'number',
}

/** It is checked where it is read, as names of queues and durations are. */
const ELSEWHERE: Check = { expected: 'as its reader says', fits: () => true }

function wordOf(...words: readonly string[]): Check {
  return { expected: `one of ${words.join(', ')}`, fits: (value) => words.some((word) => word === value) }
}

const ACT: OptionChecks = {
  reason: { expected: 'a string', fits: (value) => value === null || typeof value === 'string' },
  signal: SIGNAL,
  onProgress: FUNCTION,
  by: TEXT,
  from: TEXT,
}
/** Of an act on what one queue has. */
const ACT_IN_QUEUE: OptionChecks = { ...ACT, queue: ELSEWHERE }
const SEARCH: OptionChecks = { deep: FLAG, limit: COUNT, signal: SIGNAL }

/** The options of the methods of a control. */
export const OPTIONS = {
  act: ACT,
  actInQueue: ACT_IN_QUEUE,
  audit: { limit: COUNT },
  autoscale: {
    drain: ELSEWHERE,
    slots: { expected: 'a number above 0', fits: (value) => Number.isFinite(value) && (value as number) > 0 },
  },
  doctor: { queues: FUNCTION },
  drop: { ...ACT, file: TEXT, onExport: FUNCTION, onExported: FUNCTION },
  export: { ...SEARCH, whole: FLAG },
  find: SEARCH,
  follow: { signal: SIGNAL },
  jobs: { queue: ELSEWHERE, job: ELSEWHERE, over: ELSEWHERE },
  list: { limit: ELSEWHERE, cursor: ELSEWHERE },
  listQuery: { queue: ELSEWHERE, state: ELSEWHERE },
  metrics: { format: wordOf('prometheus', 'openmetrics', 'json'), queues: FUNCTION },
  plan: { max: COUNT, to: TARGET, deep: FLAG, signal: SIGNAL, onProgress: FUNCTION },
  problems: { queue: ELSEWHERE, state: wordOf('open', 'muted', 'resolved') },
  retry: { ...ACT, spread: ELSEWHERE, args: OBJECT },
  series: { queue: ELSEWHERE, job: ELSEWHERE, from: ELSEWHERE, to: ELSEWHERE, step: ELSEWHERE },
} as const satisfies Readonly<Record<string, OptionChecks>>

/** Checks the options of a call, which may come from another program: a name that is misspelled would limit nothing. @throws {@link InvalidOptionError} */
export function checkOptions(options: unknown, checks: OptionChecks): void {
  checkOptionNames(options, Object.keys(checks))
  for (const [name, { expected, fits }] of Object.entries(checks)) {
    const value = (options as Readonly<Record<string, unknown>>)[name]
    if (value !== undefined && !fits(value)) throw new InvalidOptionError(name, expected, described(value))
  }
}
