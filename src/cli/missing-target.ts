import type { Api } from '../api/api.js'
import type { Control } from '../operate/control.js'
import { parseFilter } from '../operate/filter/parse-filter.js'
import { exactTerm } from '../operate/filter/quote-value.js'
import type { Term } from '../operate/filter/terms.js'
import { keptOrNull } from '../operate/kept-or-null.js'
import { didYouMean } from '../util/did-you-mean.js'
import { printable } from './printable.js'
import { ExitCode } from './report-error.js'

/**
 * Where a filter that no task matches names one task, queue or problem, and that is not there: tells so on stderr, and the command ends
 * with 1. Any other filter may match nothing.
 *
 * @returns whether it told so
 */
export async function tellMissingTarget(api: Api, filter: string): Promise<boolean> {
  for (const term of parseFilter(filter).terms) {
    const says = await whatIsMissing(api, term)
    if (says === null) continue
    console.error(printable(`pq: ${says}`))
    process.exitCode = ExitCode.failure
    return true
  }
  return false
}

async function whatIsMissing({ control, broker }: Api, term: Term): Promise<string | null> {
  if (term.isNegated || !('patterns' in term)) return null
  const [pattern, ...others] = term.patterns
  const [name = null, ...more] = pattern ?? []
  if (name === null || others.length > 0 || more.length > 0) return null
  const word = JSON.stringify(name)
  switch (term.key) {
    case 'id': {
      if ((await control.show(name)) !== null) return null
      const isJob = (await knownJobs(control)).has(name)
      const hint = isJob ? `it is a job: ${exactTerm('job', name)} means its tasks` : `pq explain ${name} says more`
      return `no queue has a task ${name}; ${hint}`
    }
    case 'queue': {
      const names = await broker.queues()
      const hint = didYouMean(name, names, 'pq ls lists those that have been used')
      return names.includes(name) ? null : `there is no queue ${word}; ${hint}`
    }
    case 'problem': {
      const names = (await control.problems()).map(({ id }) => id)
      const hint = didYouMean(name, names, 'pq problems lists them')
      return names.some((id) => id.startsWith(name)) ? null : `there is no problem ${word}; ${hint}`
    }
    default:
      return null
  }
}

/** The jobs that have run, or that a worker knows. */
async function knownJobs(control: Control): Promise<ReadonlySet<string>> {
  const [figures, workers] = [await keptOrNull(control.jobs()), await keptOrNull(control.workers())]
  return new Set([
    ...(figures ?? []).map(({ job }) => job),
    ...(workers ?? []).flatMap(({ status }) => status?.jobs ?? []),
  ])
}
