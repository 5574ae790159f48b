import type { Redrive, RedriveVerdict } from '../../operations-store.js'
import { bytesOf, bytesOfEncoded, NONE } from '../layout/bytes.js'
import { pack } from '../layout/packed.js'
import type { RedisSession } from '../queue/redis-session.js'

const VERDICTS: Readonly<Record<string, RedriveVerdict>> = { q: 'queued', k: 'known', g: 'gone' }

/** The caller gives as many tasks as one call may carry. */
export async function redrive(
  session: RedisSession,
  queue: string,
  tasks: readonly Redrive[],
  operation: string,
): Promise<readonly RedriveVerdict[]> {
  if (tasks.length === 0) return []
  const values = tasks.flatMap(({ id, newId, body, delay }) => [
    bytesOf(id),
    bytesOf(newId),
    body === null ? NONE : bytesOfEncoded(body),
    bytesOf(String(Math.ceil(delay))),
  ])
  const reply = await session.runOverSlotsInTurn('operations/redrive', queue, ({ slots, keys }) => ({
    args: { tasks: pack(values), slots },
    keys: [session.keysOf(queue).operation(operation), ...keys],
  }))
  return Array.from(String(reply), (letter) => VERDICTS[letter] ?? 'gone')
}
