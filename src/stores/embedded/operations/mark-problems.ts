import type { ProblemState } from '../../../model/problem.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'

/** Sets the state of problems. */
export async function markProblems(
  session: EmbeddedSession,
  queue: string,
  ids: readonly string[],
  state: ProblemState,
): Promise<readonly boolean[]> {
  return await session.transactKnown(
    queue,
    ids.map(() => false),
    (transaction) => {
      const mark = transaction.sql('UPDATE problem SET state = ?, regressed = 0 WHERE queue = ? AND id = ?')
      return ids.map((id) => mark.run(state, transaction.id, id).changes > 0)
    },
  )
}
