import { matchesPattern } from './matches.js'
import { splitWords } from './split-words.js'

/** Whether the terms of a filter leave room for a job, for completion. It need not be a whole filter yet. */
export function jobsNamed(filter: string): (job: string) => boolean {
  const terms = splitWords(filter).words.filter(({ key, values }) => key === 'job' && values.length > 0)
  return (job) =>
    terms.every(({ isNegated, values }) => values.some((pattern) => matchesPattern(pattern, job)) !== isNegated)
}
