import type { Api } from '../api/api.js'
import { didYouMean } from '../util/did-you-mean.js'
import { printable } from './printable.js'
import { ExitCode } from './report-error.js'

/**
 * Those of some queues that the store knows. The others are told on stderr, and the command ends with 1: a name that is misspelled
 * would look like a queue that is empty.
 */
export async function knownQueues(api: Api, names: readonly string[]): Promise<readonly string[]> {
  const all = await api.broker.queues()
  return names.filter((name) => {
    if (all.includes(name)) return true
    const hint = didYouMean(name, all, 'pq ls lists those that have been used')
    console.error(printable(`pq: there is no queue ${JSON.stringify(name)}; ${hint}`))
    process.exitCode = ExitCode.failure
    return false
  })
}
