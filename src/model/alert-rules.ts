import { described, isPulsarError } from '../errors.js'
import type { AlertKind } from './alert.js'
import type { Duration } from './duration.js'
import { toMilliseconds } from './duration.js'

/** A rule of alerts, as the setting `alerts` has it. */
export interface AlertRule {
  /** What is watched. */
  readonly kind: AlertKind
  /**
   * From where on it is an alert. Of `failures` a number of tasks (default 0) or a part of those that ended (`'5%'`), of `latency` a duration (a number
   * is **seconds**), of `noWorker` a number of ready tasks (default 0), of `scheduleMissed` a duration (default a minute), of `store` a part of
   * its memory or disk (default `'90%'`).
   */
  readonly above?: number | string | undefined
  /**
   * How long it must be so (a number is **seconds**; default: 0, and a minute of `noWorker`); of `failures` the time over which they are counted, three hours at
   * most (default five minutes).
   */
  readonly for?: Duration | undefined
  /** The queues that are watched; `*` stands for any text. Default: all. */
  readonly queue?: string | undefined
  /** The jobs that are watched; `*` stands for any text. Default: all. */
  readonly job?: string | undefined
  /** Who is told, beside the log and `Manager.alert()`. */
  readonly notify?: AlertTarget | readonly AlertTarget[] | undefined
}

/** Who is told of an alert. */
export type AlertTarget = WebhookTarget | CommandTarget

/** The alert is posted as JSON. Its member `text` is what Slack, Mattermost and others show. */
export interface WebhookTarget {
  /** `https://…` or `http://…`. It counts as a secret. */
  readonly webhook: string
  /** Headers that it is sent with, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** A program is run, without a shell, and gets the alert as JSON on its standard input. */
export interface CommandTarget {
  /** The program and its arguments. */
  readonly command: readonly string[]
}

/** A rule in force. Times in ms. */
export interface CheckedRule {
  readonly kind: AlertKind
  readonly above: number
  /** Whether `above` is a part, 0 to 1. */
  readonly isPart: boolean
  readonly for: number
  readonly queue: string | null
  readonly job: string | null
  readonly notify: readonly AlertTarget[]
}

/** How a kind reads `above`. */
type Limit = 'count' | 'duration' | 'part'

interface KindForm {
  readonly above?: readonly Limit[]
  /** Absent: it must be given. */
  readonly defaultAbove?: number | string
  /** Default of `for`, ms. Absent: the kind has none. */
  readonly for?: number
  readonly longestFor?: number
  readonly places: readonly ('queue' | 'job')[]
}

const MINUTE = 60_000
const BOTH = ['queue', 'job'] as const
const FORMS: Readonly<Record<AlertKind, KindForm>> = {
  'problem.new': { places: BOTH },
  'problem.regressed': { places: BOTH },
  failures: {
    above: ['count', 'part'],
    defaultAbove: 0,
    for: 5 * MINUTE,
    longestFor: 180 * MINUTE,
    places: BOTH,
  },
  latency: { above: ['duration'], for: 0, places: BOTH },
  noWorker: { above: ['count'], defaultAbove: 0, for: MINUTE, places: ['queue'] },
  workerLost: { places: ['queue'] },
  scheduleMissed: { above: ['duration'], defaultAbove: '1m', places: BOTH },
  store: { above: ['part'], defaultAbove: '90%', for: 0, places: [] },
}

const MOST_RULES = 100
const MEMBERS = ['kind', 'above', 'for', 'queue', 'job', 'notify']

/** The form, as errors and docs name it. */
export const ALERTS_FORM = `a list of at most ${String(MOST_RULES)} rules such as { kind: 'failures', above: 10, for: '5m', queue: 'mail', notify: { webhook: 'https://…' } }`

const LIMITS: Readonly<Record<Limit, string>> = {
  count: 'a number of tasks from 0',
  duration: "a duration above 0, such as '2m'",
  part: "a part such as '5%'",
}

/** Finds what is wrong with rules of alerts. @returns its place and its kind, without a secret; null: nothing */
export function findAlertsFault(given: unknown): string | null {
  if (!Array.isArray(given)) return described(given)
  if (given.length > MOST_RULES) return `${String(given.length)} rules`
  for (const [i, rule] of given.entries()) {
    const fault = findRuleFault(rule)
    if (fault !== null) return `rule ${String(i)} with ${fault}`
  }
  return null
}

/** Rules in force. @param given - in which no fault is found */
export function readAlerts(given: readonly AlertRule[]): CheckedRule[] {
  return given.map(({ kind, above, for: time, queue = null, job = null, notify = [] }) => {
    const form = FORMS[kind]
    const limit = readAbove(form, above ?? form.defaultAbove)
    return {
      kind,
      above: limit?.value ?? 0,
      isPart: limit?.limit === 'part',
      for: time === undefined ? (form.for ?? 0) : toMilliseconds(time, 'for'),
      queue,
      job,
      notify: structuredClone(Array.isArray(notify) ? (notify as AlertTarget[]) : [notify as AlertTarget]),
    }
  })
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function findRuleFault(rule: unknown): string | null {
  if (!isPlain(rule)) return `${described(rule)} in place of an object`
  const { kind, above, for: time, notify = [] } = rule
  const kinds = Object.keys(FORMS)
  if (typeof kind !== 'string' || !Object.hasOwn(FORMS, kind)) {
    return `kind ${described(kind)}, which is none of ${kinds.join(', ')}`
  }
  const form = FORMS[kind as AlertKind]
  const unknown = Object.keys(rule).find((name) => !MEMBERS.includes(name))
  if (unknown !== undefined) return `the unknown member ${described(unknown)}`
  const faults = [
    findAboveFault(kind, form, above),
    findTimeFault(kind, form, time),
    ...BOTH.map((place) => findPlaceFault(kind, form, place, rule[place])),
    ...(Array.isArray(notify) ? (notify as unknown[]) : [notify]).map(findTargetFault),
  ]
  return faults.find((fault) => fault !== null) ?? null
}

function findAboveFault(kind: string, form: KindForm, above: unknown): string | null {
  if (form.above === undefined) return above === undefined ? null : `above, which ${kind} does not have`
  if (above === undefined && form.defaultAbove !== undefined) return null
  if (readAbove(form, above) !== null) return null
  return `above ${described(above)}, which is not ${form.above.map((limit) => LIMITS[limit]).join(' or ')}`
}

/** Reads `above`. Null: it does not fit. */
function readAbove(form: KindForm, above: unknown): { readonly value: number; readonly limit: Limit } | null {
  for (const limit of form.above ?? []) {
    const value = readLimit(limit, above)
    if (value !== null) return { value, limit }
  }
  return null
}

function readLimit(limit: Limit, above: unknown): number | null {
  switch (limit) {
    case 'count':
      return typeof above === 'number' && above >= 0 && Number.isFinite(above) ? above : null
    case 'part': {
      const percent = typeof above === 'string' ? /^(\d{1,3}(?:\.\d+)?)%$/.exec(above)?.[1] : undefined
      return percent === undefined || Number(percent) > 100 ? null : Number(percent) / 100
    }
    case 'duration': {
      const ms = readDuration(above)
      return ms === null || ms <= 0 ? null : ms
    }
  }
}

function readDuration(value: unknown): number | null {
  try {
    return toMilliseconds(value as Duration, 'duration')
  } catch (error) {
    if (isPulsarError(error, 'PQ_INVALID_DURATION')) return null
    throw error
  }
}

function findTimeFault(kind: string, form: KindForm, time: unknown): string | null {
  if (time === undefined) return null
  if (form.for === undefined) return `for, which ${kind} does not have`
  const ms = readDuration(time)
  const { longestFor = Infinity } = form
  return ms !== null && ms <= longestFor
    ? null
    : `for ${described(time)}, which is not a duration${longestFor === Infinity ? '' : ' up to 3h'}`
}

function findPlaceFault(kind: string, form: KindForm, place: 'queue' | 'job', name: unknown): string | null {
  if (name === undefined) return null
  if (!form.places.includes(place)) return `${place}, which ${kind} does not have`
  return typeof name === 'string' && name !== '' ? null : `${place} ${described(name)}, which is not a name`
}

/** Says no value: addresses and arguments may have secrets. */
function findTargetFault(target: unknown): string | null {
  if (!isPlain(target)) return `notify of ${typeof target}, which is not { webhook } or { command }`
  const { webhook, headers, command } = target
  const names = Object.keys(target).filter((name) => target[name] !== undefined)
  if (command !== undefined && names.length === 1) {
    const isFit = Array.isArray(command) && command.length > 0 && command.every(isArgument) && command[0] !== ''
    return isFit ? null : "a notify.command that is not a list such as ['logger', '-t', 'queue']"
  }
  if (webhook === undefined || names.some((name) => name !== 'webhook' && name !== 'headers')) {
    return `notify with ${names.join(', ') || 'nothing'}, which is not { webhook, headers } or { command }`
  }
  if (typeof webhook !== 'string' || !/^https?:\/\//i.test(webhook) || !URL.canParse(webhook)) {
    return 'a notify.webhook that is not an http: or https: URL'
  }
  const areTexts = headers === undefined || (isPlain(headers) && Object.values(headers).every(isArgument))
  return areTexts ? null : 'notify.headers that are not texts by name'
}

function isArgument(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\0')
}
