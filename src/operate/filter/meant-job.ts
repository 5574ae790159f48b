import { parseFilter } from './parse-filter.js'

/**
 * The job whose name a filter has as an id: a single word is the id of a task. Null: there is none.
 *
 * @param jobs - the names that are known
 */
export function meantJob(filter: string, jobs: Iterable<string>): string | null {
  const names = new Set(jobs)
  for (const term of parseFilter(filter).terms) {
    if (term.key !== 'id' || term.isNegated) continue
    for (const [name, ...more] of term.patterns) {
      if (typeof name === 'string' && more.length === 0 && names.has(name)) return name
    }
  }
  return null
}
