import { createInterface } from 'node:readline/promises'
import { inWords } from '../operate/in-words.js'
import type { Plan } from '../operate/acts.js'
import { counted, countOf } from '../util/count-of.js'
import { systemTime } from '../util/timers.js'
import { UsageError } from './report-error.js'
import { printable } from './printable.js'

/** Number of tasks from which the count itself has to be typed. */
const MANY = 1_000

/** Says on stderr what an act would change. */
export function describePlan({ act, count, byJob, oldest, isCut }: Plan): void {
  const jobs = byJob.slice(0, 5).map((each) => `${printable(each.job)} ${counted(each.count)}`)
  const more = byJob.length > jobs.length ? ', ...' : ''
  const which = jobs.length === 0 ? '' : ` (${jobs.join(', ')}${more})`
  const age = oldest === null ? '' : `; the oldest was queued ${inWords(systemTime() - oldest)} ago`
  console.error(`${act}: ${isCut ? 'the first ' : ''}${countOf(count, 'task')}${which}${age}`)
}

/**
 * Asks on the terminal whether an act shall be done.
 *
 * @throws {@link UsageError} where there is no terminal: --yes says it there
 */
export async function confirmed({ act, count }: Plan, isSure: boolean): Promise<boolean> {
  if (isSure) return true
  if (!process.stdin.isTTY) throw new UsageError(`${act} needs --yes where there is no terminal to ask on`)
  const wanted = count > MANY ? String(count) : 'yes'
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(`Type ${wanted} to ${act} them: `)
    return answer.trim().replaceAll(',', '') === wanted
  } finally {
    terminal.close()
  }
}
