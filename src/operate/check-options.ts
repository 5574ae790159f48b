import { described, InvalidOptionError } from '../errors.js'

/** What an option has to be, in words, and whether a value is that. Undefined always is: the default holds. */
interface Check {
  readonly expected: string
  readonly fits: (value: unknown) => boolean
}

/** Options by name. */
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
const SEARCH: OptionChecks = { deep: FLAG, limit: COUNT, signal: SIGNAL }

/** The options of the methods of a control, but for those that are checked where they are read, such as durations and names of queues. */
export const OPTIONS = {
  act: ACT,
  audit: { limit: COUNT },
  autoscale: {
    slots: { expected: 'a number above 0', fits: (value) => Number.isFinite(value) && (value as number) > 0 },
  },
  doctor: { queues: FUNCTION },
  drop: { ...ACT, file: TEXT, onExport: FUNCTION, onExported: FUNCTION },
  export: { ...SEARCH, whole: FLAG },
  find: SEARCH,
  follow: { signal: SIGNAL },
  jobs: {},
  list: {},
  metrics: { format: wordOf('prometheus', 'openmetrics'), queues: FUNCTION },
  plan: { max: COUNT, deep: FLAG, signal: SIGNAL, onProgress: FUNCTION },
  problems: { state: wordOf('open', 'muted', 'resolved') },
  retry: { ...ACT, args: OBJECT },
  series: {},
} as const satisfies Readonly<Record<string, OptionChecks>>

/** Checks the options of a call, which may come from another program. @throws {@link InvalidOptionError} */
export function checkOptions(options: unknown, checks: OptionChecks): void {
  if (!OBJECT.fits(options)) throw new InvalidOptionError('options', OBJECT.expected, described(options))
  for (const [name, { expected, fits }] of Object.entries(checks)) {
    const value = (options as Readonly<Record<string, unknown>>)[name]
    if (value !== undefined && !fits(value)) throw new InvalidOptionError(name, expected, described(value))
  }
}
