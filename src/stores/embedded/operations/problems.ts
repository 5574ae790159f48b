import type { StoredProblem } from '../../../model/problem.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import type { ProblemRow } from '../tables/problems.js'
import { textsOf } from '../tables/problems.js'

/** The problems of a queue. */
export async function problems(session: EmbeddedSession, queue: string): Promise<readonly StoredProblem[]> {
  const rows = await session.read(queue, (db, id) => db.sql('SELECT * FROM problem WHERE queue = ?').all(id))
  return (rows as unknown as ProblemRow[]).map(
    ({ id, job, error, message, state, regressed, count, first, last, versions, samples }) => ({
      ...{ id, job, error, message, state, count, first, last },
      regressed: regressed === 1,
      versions: textsOf(versions),
      samples: textsOf(samples),
    }),
  )
}
