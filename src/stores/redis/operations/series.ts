import type { StoredPoint, StoredSeriesQuery } from '../../kept-series.js'
import { intervalOf, ringOf, SERIES_RINGS } from '../../series-rings.js'
import { bytesOf } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import { blockOf, readBlock } from '../layout/series.js'
import type { RedisSession } from '../queue/redis-session.js'

/** Most hashes that one call reads. */
const MOST_HASHES = 200

export async function series(
  session: RedisSession,
  queue: string,
  { jobs, step, from, to, isWatching }: StoredSeriesQuery,
): Promise<readonly (readonly StoredPoint[])[]> {
  const ring = ringOf(step)
  const now = await session.now(queue)
  // What is older has expired, or is about to.
  const first = Math.max(intervalOf(ring, from), intervalOf(ring, now - ring.kept))
  const last = Math.min(to, now)
  const blocks: number[] = []
  for (let block = blockOf(ring, first); block <= blockOf(ring, last); block += 1) blocks.push(block)
  const wanted = jobs.flatMap((job) => blocks.map((block) => ({ job, block })))
  const keys = session.keysOf(queue)
  const number = SERIES_RINGS.indexOf(ring)
  const read: StoredPoint[][] = []
  for (let at = 0; at === 0 || at < wanted.length; at += MOST_HASHES) {
    const some = wanted.slice(at, at + MOST_HASHES)
    const reply = (await session.run('operations/series', queue, {
      args: { isWatching: bytesOf(isWatching ? '1' : '0') },
      keys: some.map(({ job, block }) => keys.series(number, block, job === null ? null : escaped(job))),
    })) as Buffer[][]
    read.push(...some.map(({ block }, i) => readBlock(ring, block, (reply[i] ?? []).map(String))))
  }
  return jobs.map((_, i) =>
    read
      .slice(i * blocks.length, (i + 1) * blocks.length)
      .flat()
      .filter((point) => point.at >= first && point.at <= last),
  )
}
