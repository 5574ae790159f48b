import type { AdoptReply, Adoption, AdoptVerdict } from '../../broker.js'
import { CHUNK_BYTES, CHUNK_TASKS } from '../../policy.js'
import { bytesOf, NONE } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import { pack } from '../layout/packed.js'
import type { ClaimNote } from '../layout/records.js'
import { claimNote } from '../layout/records.js'
import type { RedisSession } from './redis-session.js'

const VERDICTS: Readonly<Record<string, AdoptVerdict>> = { h: 'held', s: 'stale', o: 'over' }

/** A task with what its claim says, by its place among those of the call. */
interface Adopted {
  readonly index: number
  readonly note: ClaimNote
  readonly claimedAt: number
}

export async function adopt(
  session: RedisSession,
  queue: string,
  worker: string,
  { slots: most, ttl, topFence, tasks }: Adoption,
): Promise<AdoptReply> {
  await session.meet(queue)
  const fixed = { worker: bytesOf(escaped(worker)), most, ttl, top: topFence }
  // Of the first chunk: if another server has the queue by the next one, all is told to that one.
  let changes: number | null = null
  const adopted = tasks.flatMap((task, index): Adopted[] => {
    const note = claimNote(task)
    return note ? [{ index, note, claimedAt: task.claimedAt }] : []
  })
  const verdicts = tasks.map((): AdoptVerdict => 'stale')
  let kept = pack(adopted.map(({ note: { batch, place } }) => bytesOf(String(batch.fence + place - 1))))
  let last = topFence
  for (const chunk of chunksOf(adopted)) {
    const connection = session.connectionFor(chunk.map(({ note }) => note.value))
    const list = chunk.flatMap(argumentsOf)
    let history = session.historyOf(queue)
    const reply = await session.runOverSlots(
      'queue/adopt',
      queue,
      ({ slots, keys }) => {
        history = session.historyOf(queue)
        return { args: { ...fixed, history: bytesOf(history.name), kept, slots }, list, keys }
      },
      connection,
    )
    changes ??= history.changes
    const [fence, letters] = (reply as Buffer[]).map(String)
    if (fence === undefined || fence === '') return { lease: 'lost', verdicts: [], topFence }
    last = Number(fence)
    kept = NONE
    chunk.forEach(({ index }, i) => {
      verdicts[index] = VERDICTS[letters?.charAt(i) ?? ''] ?? 'stale'
    })
  }
  session.leases.granted(worker, session.keysOf(queue).channels, changes ?? NaN)
  return { lease: 'held', verdicts, topFence: last }
}

function argumentsOf({ note, claimedAt }: Adopted) {
  const { id, batch, place, value } = note
  return [bytesOf(id), ...[batch.fence, place, claimedAt].map((each) => bytesOf(String(each))), value]
}

/** One chunk at least: a worker that holds nothing gets its lease back, too. */
function chunksOf(tasks: readonly Adopted[]): (readonly Adopted[])[] {
  const chunks: Adopted[][] = [[]]
  let bytes = 0
  for (const task of tasks) {
    const { length } = chunks.at(-1) ?? []
    if (length >= CHUNK_TASKS || (length > 0 && bytes + task.note.value.length > CHUNK_BYTES)) {
      chunks.push([])
      bytes = 0
    }
    chunks.at(-1)?.push(task)
    bytes += task.note.value.length
  }
  return chunks
}
