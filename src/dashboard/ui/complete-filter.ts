import { jobsNamed } from '../../operate/filter/jobs-named.js'
import { exactly, exactTerm, keyText } from '../../operate/filter/quote-value.js'
import { DURATION_KEYS, MOMENT_KEYS, NUMBER_KEYS, PATH_KEYS, STATES, TEXT_KEYS } from '../../operate/filter/terms.js'

/** Names that the page knows, for the filter. */
export interface KnownNames {
  readonly queues: readonly string[]
  readonly jobs: readonly string[]
  readonly tags: readonly string[]
  readonly workers: readonly string[]
  /** Null: the viewer may not see payloads, and no filter looks into them. */
  readonly paths: readonly KnownPath[] | null
}

/** A path that tasks of a job have. */
export interface KnownPath {
  /** `args.customer` */
  readonly path: string
  readonly job: string
}

/** What can be put into a filter. */
export interface Completion {
  readonly text: string
  /** What it stands for; '': a name. */
  readonly says: string
}

/** What can stand where the caret is. */
export interface Completions {
  /** Where the text that it replaces begins; it ends at the caret. */
  readonly from: number
  readonly options: readonly Completion[]
  /** Whether nothing of the term is there yet. */
  readonly isBlank: boolean
  /** Whether a path is asked for, whatever is known of any. */
  readonly isPath: boolean
}

/** Most completions that are offered at once. */
const MOST = 20

/** What can stand at the caret of a filter; null: it is inside of a word. */
export function completionsOf(text: string, caret: number, known: KnownNames): Completions | null {
  if (/^\S/.test(text.slice(caret))) return null
  const { from, key } = wordAt(text.slice(0, caret))
  const typed = text.slice(from, caret)
  const part = unquoted(typed)
  const others = `${text.slice(0, from)} ${text.slice(caret)}`
  const options = key === null ? termsFor(part, known, jobsNamed(others)) : matching(valuesOf(key, known), part)
  return {
    from,
    options: options.filter((option) => option.text !== typed).slice(0, MOST),
    isBlank: key === null && typed === '',
    isPath: key === null && asksForPath(part),
  }
}

function asksForPath(part: string): boolean {
  return PATH_KEYS.some((key) => part.startsWith(`${key}.`))
}

/** Where the last part of a filter begins, and the key that it is a value of; null: it is a key itself. */
function wordAt(text: string): { readonly from: number; readonly key: string | null } {
  let from = 0
  let key: string | null = null
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const value = text.charAt(at)
    if (quote !== '') {
      if (value === quote) quote = ''
      else if (value === '\\') at++
    } else if (/\s/.test(value)) {
      key = null
      from = at + 1
    } else if ((value === '"' || value === "'") && (at === from || /[:,\-=*]/.test(text.charAt(at - 1)))) quote = value
    else if (value === ':' && key === null) {
      key = unquoted(text.slice(from, at))
      from = at + 1
    } else if (value === ',' && key !== null) from = at + 1
    else if (value === '-' && key === null && at === from) from = at + 1
  }
  return { from, key }
}

/** A text as it is meant, also where its closing quote is not there yet. */
function unquoted(text: string): string {
  const quote = text.charAt(0)
  if (quote !== '"' && quote !== "'") return text
  const isClosed = text.length > 1 && text.endsWith(quote)
  return text.slice(1, isClosed ? -1 : undefined).replace(/\\(.)/g, '$1')
}

/** Keys, and whole terms of names that are written without one. */
function termsFor(part: string, known: KnownNames, isMeant: (job: string) => boolean): Completion[] {
  if (asksForPath(part)) {
    const found = (known.paths ?? []).filter(({ path, job }) => path.startsWith(part) && isMeant(job))
    return [...new Set(found.map(({ path }) => path))].map((path) => ({ text: `${keyText(path)}:`, says: '' }))
  }
  const heads = known.paths === null ? [] : PATH_KEYS
  const keys = [
    ...['state', ...TEXT_KEYS].map((key) => ({ text: `${key}:`, says: SAYS[key] ?? '' })),
    ...heads.map((head) => ({ text: `${head}.`, says: SAYS[head] ?? '' })),
    ...[...NUMBER_KEYS, ...DURATION_KEYS, ...MOMENT_KEYS].map((key) => ({ text: `${key}:`, says: SAYS[key] ?? '' })),
  ]
  if (part === '') return keys
  const terms = [
    ...Object.entries(STATES).map(([state, says]) => ({ name: state, text: `state:${state}`, says })),
    ...known.jobs.map((job) => ({ name: job, text: exactTerm('job', job), says: '' })),
    ...known.queues.map((queue) => ({ name: queue, text: exactTerm('queue', queue), says: '' })),
  ]
  const begin = part.toLowerCase()
  return [
    ...keys.filter(({ text }) => text.startsWith(begin)),
    ...terms.filter(({ name }) => name.toLowerCase().startsWith(begin)).map(({ text, says }) => ({ text, says })),
  ]
}

function valuesOf(key: string, { queues, jobs, tags, workers }: KnownNames): Completion[] {
  if (key === 'state') return Object.entries(STATES).map(([text, says]) => ({ text, says }))
  const names = new Map([
    ['queue', queues],
    ['job', jobs],
    ['tag', tags],
    ['worker', workers],
  ])
  return (names.get(key) ?? []).map((name) => ({ text: exactly(name), says: '' }))
}

/** Those that begin with a text, then those that have it. */
function matching(options: readonly Completion[], part: string): Completion[] {
  const sought = part.toLowerCase()
  const placed = options.map((option) => ({ option, at: unquoted(option.text).toLowerCase().indexOf(sought) }))
  return [...placed.filter(({ at }) => at === 0), ...placed.filter(({ at }) => at > 0)].map(({ option }) => option)
}

const SAYS: Readonly<Record<string, string>> = {
  state: 'where it is',
  queue: 'its queue',
  job: 'its job',
  id: 'its id',
  tag: 'one of its tags',
  error: 'a part of its last error',
  problem: 'the problem that it belongs to',
  worker: 'who runs it, or ran it last',
  args: 'a path in its arguments',
  meta: 'a path in its meta',
  result: 'a path in its result',
  priority: '0 to 9: >5',
  run: 'number of its run: >1',
  ran: 'how long it ran: >30s',
  waited: 'how long it waited: >1m',
  since: 'changed since: 2h',
  until: 'changed before: 2h',
}
