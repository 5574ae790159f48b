import type { Encoded } from '../../../model/encoded.js'
import type { NeedleGroup, Prefilter, SearchedPart, SearchStep } from '../../operations-store.js'
import type { Bytes } from '../layout/bytes.js'
import { bytesOf, bytesOfBuffer, bytesOfEncoded, join, textOf } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import { pack, packCount } from '../layout/packed.js'
import { slotNames } from '../layout/result-slots.js'
import type { RedisSession } from '../queue/redis-session.js'

export async function find(
  session: RedisSession,
  queue: string,
  part: SearchedPart,
  filter: Prefilter,
  cursor: string | null,
): Promise<SearchStep> {
  // A search goes behind the calls before it, and holds up none that follow: it changes nothing, and takes long.
  await session.turns.behind(queue)
  if (part !== 'ended') return await step(session, queue, part, filter, cursor ?? '0', [])
  const names = await slotsInUse(session, queue)
  const [name = names[0] ?? '', at = '0'] = cursor?.split(' ') ?? []
  // A slot that has expired meanwhile is passed over.
  if (!names.includes(name)) return { ids: [], looked: 0, cursor: behind(names, name) }
  const found = await step(session, queue, part, filter, at, [session.keysOf(queue).slot(name)])
  return { ...found, cursor: found.cursor === null ? behind(names, name) : `${name} ${found.cursor}` }
}

async function step(
  session: RedisSession,
  queue: string,
  part: SearchedPart,
  { jobs, tags, needles }: Prefilter,
  cursor: string,
  keys: readonly Bytes[],
): Promise<SearchStep> {
  const args = {
    part: bytesOf(part),
    cursor: bytesOf(cursor),
    jobs: pack((jobs ?? []).map((job) => bytesOf(escaped(job)))),
    tags: pack((tags ?? []).map((tag) => bytesOf(escaped(tag)))),
    needles: packGroups(needles),
  }
  const reply = ((await session.run('operations/find', queue, { args, keys })) as Buffer[]).map(bytesOfBuffer)
  const [next = '0', looked = '0', ...ids] = reply
  return { ids: ids.map(textOf), looked: Number(looked), cursor: next === '0' ? null : next }
}

function packGroups(groups: readonly NeedleGroup[]): Bytes {
  const bytes = (needle: Encoded): Bytes => bytesOfEncoded(needle)
  return join(
    [
      packCount(groups.length),
      ...groups.map(({ anyOf, isForJson }) => pack([bytesOf(isForJson ? '1' : '0'), ...anyOf.map(bytes)])),
    ],
    '',
  )
}

/** Names of the slots that have records, in order. */
async function slotsInUse(session: RedisSession, queue: string): Promise<string[]> {
  // A look-up of nothing tells which slots are in use, if it does not know that yet.
  await session.runOverSlots('queue/get', queue, ({ slots, keys }) => ({
    args: { inbox: bytesOf(''), slots },
    list: [],
    keys,
  }))
  return slotNames(session.slotInput(queue).slots).sort()
}

/** The cursor of the slot that follows; null: it was the last one. */
function behind(names: readonly string[], name: string): string | null {
  const next = names.find((each) => each > name)
  return next === undefined ? null : `${next} 0`
}
