import type { Encoded } from '../../../model/encoded.js'
import { toBytes } from '../../../model/encoded.js'
import { FAILED_TTL } from '../../policy.js'
import type { Prefilter, SearchedPart, SearchStep } from '../../operations-store.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import { Track } from '../tables/tracks.js'

/** Rows that one step looks at. */
const STEP = 2_000

/** One step of a search. */
export async function find(
  session: EmbeddedSession,
  queue: string,
  part: SearchedPart,
  filter: Prefilter,
  cursor: string | null,
): Promise<SearchStep> {
  const now = session.store.clock.now()
  return await session.read(queue, (db, id) =>
    part === 'failed' ? findFailed(db, id, now, cursor) : findInKeys(db, id, now, part, filter, cursor),
  )
}

/** By the keys of the queue's tracks, in order. */
function findInKeys(
  db: DatabaseConnection,
  queue: number,
  now: number,
  part: SearchedPart,
  filter: Prefilter,
  cursor: string | null,
): SearchStep {
  const tracks = db.sql('SELECT number FROM track WHERE queue = ? ORDER BY number').all(queue) as { number: number }[]
  const after = cursor === null ? -1 : Number(cursor)
  const ranges = tracks.map(({ number }) => Track.range(number)).filter(([, last]) => last > after)
  const [range, next] = ranges
  if (range === undefined) return { ids: [], looked: 0, cursor: null }
  const from = Math.max(range[0], after + 1)
  const ahead = db.sql('SELECT seq FROM task WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT 1 OFFSET ?')
  const stop = ahead.get(from, range[1], STEP - 1) as { seq: number } | undefined
  const to = stop?.seq ?? range[1]
  const { sql, values } = matching(part, filter, now)
  const rows = db.sql(`SELECT id FROM task WHERE seq BETWEEN ? AND ? AND ${sql}`).all(from, to, ...values)
  const looked = stop === undefined ? countOf(db, from, to) : STEP
  const more = stop === undefined ? next && next[0] - 1 : to
  return {
    ids: (rows as { id: string }[]).map(({ id }) => id),
    looked,
    cursor: more === undefined ? null : String(more),
  }
}

function countOf(db: DatabaseConnection, from: number, to: number): number {
  const row = db.sql('SELECT count(*) AS count FROM task WHERE seq BETWEEN ? AND ?').get(from, to)
  return (row as { count: number }).count
}

/** The condition that a row may match. */
function matching(
  part: SearchedPart,
  { jobs, tags, needles }: Prefilter,
  now: number,
): { readonly sql: string; readonly values: (string | number | Uint8Array)[] } {
  const conditions = [part === 'live' ? 'state <> 6' : 'state = 6 AND expires_at > ?']
  const values: (string | number | Uint8Array)[] = part === 'live' ? [] : [now]
  const anyOf = (texts: readonly string[]): string => texts.join(' OR ')
  if (jobs !== null) {
    conditions.push(`(${anyOf(jobs.map(() => 'job = ?'))})`)
    values.push(...jobs)
  }
  if (tags !== null) {
    conditions.push(`(${anyOf(tags.map(() => 'instr(tags, ?) > 0'))})`)
    values.push(...tags.map((tag) => JSON.stringify(tag)))
  }
  for (const { anyOf: group, isForJson } of needles) {
    const contains = group.map(() => '(instr(CAST(body AS BLOB), ?) > 0 OR instr(CAST(outcome AS BLOB), ?) > 0)')
    const others = isForJson ? ["substr(CAST(body AS BLOB), 1, 1) <> x'7b'"] : []
    conditions.push(`(${anyOf([...contains, ...others])})`)
    values.push(...group.flatMap((needle: Encoded) => [toBytes(needle), toBytes(needle)]))
  }
  return { sql: conditions.join(' AND '), values }
}

function findFailed(db: DatabaseConnection, queue: number, now: number, cursor: string | null): SearchStep {
  const [ended = Number.MAX_SAFE_INTEGER, seq = Number.MAX_SAFE_INTEGER] = cursor?.split(' ').map(Number) ?? []
  const rows = db
    .sql(
      `SELECT id, ended_at, seq FROM task WHERE queue = ?1 AND status > 1 AND suspect = 0 AND expires_at > ?2
       AND ended_at > ?3 AND ended_at <= ?4 AND (ended_at < ?4 OR seq < ?5) ORDER BY ended_at DESC, seq DESC LIMIT 0 + ?6`,
    )
    .all(queue, now, now - FAILED_TTL, ended, seq, STEP) as { id: string; ended_at: number; seq: number }[]
  const last = rows.length === STEP ? rows.at(-1) : undefined
  return {
    ids: rows.map(({ id }) => id),
    looked: rows.length,
    cursor: last === undefined ? null : `${String(last.ended_at)} ${String(last.seq)}`,
  }
}
