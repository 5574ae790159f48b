import { sumOfCounts, writeCounts } from '../../../model/run-counts.js'
import { OTHER_JOBS, SERIES_RINGS } from '../../series-rings.js'
import type { Observation, ObserveReply } from '../../kept-series.js'
import type { Bytes } from '../layout/bytes.js'
import { bytesOf, bytesOfBuffer, textOf } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import { pack } from '../layout/packed.js'
import { BLOCK, blockOf, digitOf } from '../layout/series.js'
import type { RedisSession } from '../queue/redis-session.js'

/** Most jobs of one call. */
const MOST_ROWS = 50

/** A job, escaped as in live tasks, and its counts as a text. */
type Row = readonly [job: string, counts: string]

export async function observe(session: RedisSession, queue: string, observation: Observation): Promise<ObserveReply> {
  const { jobs, seq } = observation
  const rows = [...jobs].map(([job, counts]): Row => [escaped(job), writeCounts(counts)])
  const whole = writeCounts(sumOfCounts(jobs.values()))
  const reply = await add(session, queue, observation, { rows, whole, part: String(seq) })
  // Ends that no worker has seen are added by whoever comes next.
  const missed = reply.slice(1)
  for (let at = 0; at < missed.length; at += MOST_ROWS) {
    const some = missed.slice(at, at + MOST_ROWS).map((job): Row => [job, ''])
    const worker = `${observation.worker}/unseen`
    const part = `${String(seq)}/${String(at)}`
    await add(session, queue, { ...observation, worker, ended: [] }, { rows: some, whole: '', part })
  }
  return { isWatched: reply[0] === '1' }
}

interface Part {
  readonly rows: readonly Row[]
  /** Counts of the whole queue, as a text. */
  readonly whole: string
  /** Number of the call. */
  readonly part: string
}

async function add(
  session: RedisSession,
  queue: string,
  { worker, ended, isComplete }: Observation,
  { rows, whole, part }: Part,
): Promise<string[]> {
  const now = await session.now(queue)
  const keys = session.keysOf(queue)
  const named: readonly (readonly [string | null, string])[] = [[null, whole], ...rows, [OTHER_JOBS, '']]
  const series = named.flatMap(([job]) =>
    SERIES_RINGS.map((ring, number): Bytes => keys.series(number, blockOf(ring, now), job)),
  )
  const reply = await session.run('operations/observe', queue, {
    args: {
      seq: bytesOf(part),
      at: bytesOf(SERIES_RINGS.map((ring) => digitOf(ring, now)).join('')),
      ttls: bytesOf(SERIES_RINGS.map(({ kept, length }) => kept + BLOCK * length).join(' ')),
      rows: pack(named.flatMap(([job, counts]) => [bytesOf(job ?? ''), bytesOf(counts)])),
      ended: pack(ended.map(bytesOf)),
      mark: bytesOf(isComplete ? 'c' : 's'),
    },
    keys: [keys.operation(`observe:${worker}`), ...series],
  })
  return (reply as Buffer[]).map((each) => textOf(bytesOfBuffer(each)))
}
