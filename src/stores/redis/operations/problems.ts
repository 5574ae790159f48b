import type { ProblemState, StoredProblem } from '../../../model/problem.js'
import type { Bytes } from '../layout/bytes.js'
import { bytesOfBuffer, NONE, textOf } from '../layout/bytes.js'
import { PackedReader } from '../layout/packed.js'
import type { RedisSession } from '../queue/redis-session.js'

export async function problems(session: RedisSession, queue: string): Promise<readonly StoredProblem[]> {
  const reply = ((await session.runInTurn('operations/problems', queue)) as Buffer[]).map(bytesOfBuffer)
  const found: StoredProblem[] = []
  for (let at = 0; at < reply.length; at += 2)
    found.push(...readProblem(textOf(reply[at] ?? NONE), reply[at + 1] ?? NONE))
  return found
}

/** What another program has written there is no problem. */
function readProblem(id: string, packed: Bytes): StoredProblem[] {
  try {
    const reader = new PackedReader(packed)
    reader.readCount()
    const [state = '', regressed, count, first, last, job = '', error = '', message = ''] = Array.from(
      { length: 8 },
      () => textOf(reader.readBytes()),
    )
    const [versions, samples] = [reader.readArray().map(textOf), reader.readArray().map(textOf)]
    const numbers = { count: Number(count), first: Number(first), last: Number(last) }
    const isRegressed = regressed === '1'
    return [
      { id, job, error, message, state: state as ProblemState, regressed: isRegressed, ...numbers, versions, samples },
    ]
  } catch {
    return []
  }
}
