import { randomUUID } from 'node:crypto'
import { described, InvalidOptionError, NotFoundError } from '../errors.js'
import { checkQueueName } from '../model/name.js'
import type { ProblemState } from '../model/problem.js'
import type { ActOptions } from './acts.js'
import type { ControlParts } from './control-parts.js'
import { checkOptions, OPTIONS } from './check-options.js'
import { operationsOf } from './control-parts.js'
import type { Problem } from './looks.js'
import type { UnreadTeller } from './read-each.js'
import { didYouMean } from '../util/did-you-mean.js'
import { readEach, toLog } from './read-each.js'
import { noteAct } from './run-act.js'

/** Which problems to list. */
export interface ProblemQuery {
  /** Default: all queues. */
  readonly queue?: string | undefined
  /** Default: all states. */
  readonly state?: ProblemState | undefined
}

export interface ProblemOptions extends ActOptions {
  /** The queue whose problem it is. Default: all queues that have it. */
  readonly queue?: string | undefined
}

/** Acts on one problem. Each resolves to the problem as it was. */
export interface ProblemControl {
  /** The problem is mended. If it comes back, it is open again, and `regressed`. */
  resolve(options?: ProblemOptions): Promise<readonly Problem[]>
  /** Nobody wants to hear of it. It is counted all the same. */
  mute(options?: ProblemOptions): Promise<readonly Problem[]>
  reopen(options?: ProblemOptions): Promise<readonly Problem[]>
}

/** Failures grouped by their cause: those that came back first, then the latest. @param tell - is told of queues that cannot be read. Default: the log */
export async function listProblems(
  parts: ControlParts,
  { queue, state }: ProblemQuery,
  tell: UnreadTeller = toLog(parts, 'problems'),
): Promise<Problem[]> {
  if (queue !== undefined) checkQueueName('queue', queue)
  const operations = operationsOf(parts, 'problems')
  const look = async (name: string): Promise<Problem[]> =>
    (await operations.problems(name)).map((problem) => ({ ...problem, queue: name }))
  // Whoever names a queue is told why it cannot be read.
  const found = queue === undefined ? await readEach(await parts.broker.queues(), look, tell) : [await look(queue)]
  return found
    .flat()
    .filter((problem) => state === undefined || problem.state === state)
    .sort((a, b) => Number(b.regressed) - Number(a.regressed) || b.last - a.last)
}

/** @param id - fingerprint, or its beginning */
export function controlProblem(parts: ControlParts, id: string): ProblemControl {
  const mark = (act: string, state: ProblemState): ProblemControl['resolve'] => {
    return async (options = {}) => {
      checkOptions(options, OPTIONS.actInQueue)
      const problems = await named(parts, id, options.queue)
      const operations = operationsOf(parts, 'problems')
      for (const { id: whole, queue } of problems) {
        const marked = await operations.markProblems(queue, [whole], state)
        const done = marked.filter(Boolean).length
        const target = `problem:${whole} queue:${queue}`
        await noteAct(parts, { act, operation: randomUUID(), target, done, skipped: 1 - done }, options)
      }
      return problems
    }
  }
  return {
    resolve: mark('resolve', 'resolved'),
    mute: mark('mute', 'muted'),
    reopen: mark('reopen', 'open'),
  }
}

/** @throws {@link InvalidOptionError} where more than one problem has that name @throws {@link NotFoundError} where none has */
async function named(parts: ControlParts, id: string, queue: string | undefined): Promise<Problem[]> {
  if (id === '')
    throw new InvalidOptionError('problem', 'the fingerprint of a problem', described(id), 'pq problems lists them')
  const all = await listProblems(parts, { queue })
  const problems = all.filter((problem) => problem.id.startsWith(id))
  const ids = [...new Set(problems.map((problem) => problem.id))]
  if (ids.length === 1) return problems
  if (ids.length === 0) {
    const names = all.map((problem) => problem.id)
    throw new NotFoundError('problem', id, didYouMean(id, names, 'pq problems lists them'))
  }
  throw new InvalidOptionError('problem', 'more characters', described(id), `it begins ${ids.slice(0, 5).join(', ')}`)
}
