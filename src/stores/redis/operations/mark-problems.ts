import type { ProblemState } from '../../../model/problem.js'
import { bytesOf } from '../layout/bytes.js'
import type { RedisSession } from '../queue/redis-session.js'

/** The caller gives at most as many as a queue keeps. */
export async function markProblems(
  session: RedisSession,
  queue: string,
  ids: readonly string[],
  state: ProblemState,
): Promise<readonly boolean[]> {
  if (ids.length === 0) return []
  const input = { args: { mark: bytesOf(state) }, list: ids.map(bytesOf) }
  const reply = (await session.runInTurn('operations/mark-problems', queue, input)) as number[]
  return reply.map((each) => each === 1)
}
