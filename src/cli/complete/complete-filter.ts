import { jobsNamed } from '../../operate/filter/jobs-named.js'
import { keyText } from '../../operate/filter/quote-value.js'
import { STATES } from '../../operate/filter/terms.js'
import type { Candidate } from './candidate.js'
import type { KnownNames } from './known-names.js'

/** The keys of filters, as they are typed, with what they mean. */
const KEYS: Readonly<Record<string, string>> = {
  'state:': 'where tasks stand',
  'queue:': 'their queue',
  'job:': 'their job',
  'id:': 'their id',
  'tag:': 'one of their tags',
  'args.': 'an argument: args.customer:42',
  'meta.': 'a member of their metadata',
  'result.': 'a member of their result',
  'error:': 'a part of their error',
  'problem:': 'their problem',
  'worker:': 'who holds or held them',
  'priority:': '0 to 9, or >=5',
  'run:': 'number of runs, or >1',
  'ran:': 'how long they ran: >30s',
  'waited:': 'how long they waited: >1m',
  'since:': 'from then on: 2h, or a date',
  'until:': 'until then',
}

/** What a term of a filter can become. A - before it and the values before a comma stay. @param others - the terms before it */
export async function completeFilter(word: string, others: readonly string[], names: KnownNames): Promise<Candidate[]> {
  const [, negation = '', key, values = ''] = /^(-?)(?:([^:]*):)?(.*)$/s.exec(word) ?? []
  if (key === undefined && values.startsWith('args.')) {
    return (await argumentsOf(others.join(' '), names)).map((text) => ({ text: negation + text, about: '' }))
  }
  if (key === undefined) return Object.entries(KEYS).map(([text, about]) => ({ text: negation + text, about }))
  const before = `${negation}${key}:${values.slice(0, values.lastIndexOf(',') + 1)}`
  const known = await valuesOf(key, names)
  return known.map(({ text, about }) => ({ text: before + text, about }))
}

/** The arguments of the jobs that a filter leaves. */
async function argumentsOf(filter: string, names: KnownNames): Promise<readonly string[]> {
  const isMeant = jobsNamed(filter)
  const jobs = (await names.jobs()).filter(({ text }) => isMeant(text))
  return [...new Set(jobs.flatMap(({ parameters }) => parameters))].sort().map((name) => `${keyText(`args.${name}`)}:`)
}

async function valuesOf(key: string, names: KnownNames): Promise<readonly Candidate[]> {
  switch (key) {
    case 'state':
      return Object.entries(STATES).map(([text, about]) => ({ text, about }))
    case 'queue':
      return await names.queues()
    case 'job':
      return await names.jobs()
    case 'worker':
      return await names.workers()
    case 'problem':
      return await names.problems()
    default:
      return []
  }
}
