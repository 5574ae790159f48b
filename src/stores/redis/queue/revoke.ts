import type { ActPlace } from '../../../model/act-place.js'
import type { Encoded } from '../../../model/encoded.js'
import { bytesOf, bytesOfEncoded } from '../layout/bytes.js'
import { chunkIds } from '../layout/chunks.js'
import { placeLetters } from '../layout/place-letters.js'
import { resultSlot } from '../layout/result-slots.js'
import type { RedisSession } from './redis-session.js'

export async function revoke(
  session: RedisSession,
  queue: string,
  ids: readonly string[],
  outcome: Encoded,
  ttl: number,
  places: readonly ActPlace[],
): Promise<readonly boolean[]> {
  const chunks = chunkIds(ids)
  const isTimeKnown = Number.isFinite(session.timeOf(queue))
  return await session.turns.take(queue, isTimeKnown && chunks.length === 1 ? 'slots' : 'steps', () =>
    revokeEach(session, queue, chunks, outcome, ttl, places),
  )
}

async function revokeEach(
  session: RedisSession,
  queue: string,
  chunks: readonly (readonly string[])[],
  outcome: Encoded,
  ttl: number,
  places: readonly ActPlace[],
): Promise<readonly boolean[]> {
  const revoked: boolean[] = []
  for (const chunk of chunks) {
    // Waiting for a time that is known would let later calls come before this one.
    const known = session.timeOf(queue)
    const before = Number.isFinite(known) ? known : await session.now(queue)
    const reply = await session.runOverSlots('queue/revoke', queue, ({ slots, keys }) => {
      const { name, expiry } = resultSlot(session.timeOf(queue) || before, ttl)
      return {
        args: { outcome: bytesOfEncoded(outcome), name: bytesOf(name), expiry, places: placeLetters(places), slots },
        list: chunk.map(bytesOf),
        keys: [session.keysOf(queue).slot(name), ...keys],
      }
    })
    revoked.push(...(reply as number[]).map((each) => each === 1))
  }
  return revoked
}
