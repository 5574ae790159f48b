import type { ListedState, StoredPage } from '../../operations-store.js'
import { FAILED_TTL } from '../../policy.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import { LISTED, recordOf, SELECT_LISTED } from '../tables/task-rows.js'
import type { TaskRow } from '../tables/task-rows.js'
import { leaseKey } from '../tables/leases.js'
import { recentEnds } from '../tables/series-rows.js'
import { ASIDE, parseTracks } from '../tables/tracks.js'

/** A state whose tasks are found by a key of their rows. */
type KeyedState = Exclude<ListedState, 'recent'>

/** Rows of one page, and one more where there is a next page. */
interface Look {
  readonly db: DatabaseConnection
  readonly queue: number
  readonly now: number
  readonly most: number
}

/** One page of the tasks in a state. */
export async function list(
  session: EmbeddedSession,
  queue: string,
  state: ListedState,
  cursor: string | null,
  limit: number,
): Promise<StoredPage> {
  if (state === 'recent') return await listRecent(session, queue, limit)
  const now = session.store.clock.now()
  return await session.read(queue, (db, id) => {
    const rows = LISTS[state]({ db, queue: id, now, most: limit + 1 }, cursor)
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    return {
      records: page.map((row) => recordOf(row, queue)),
      cursor: rows.length > limit && last !== undefined ? cursorOf(state, last) : null,
    }
  })
}

const LISTS: Readonly<Record<KeyedState, (look: Look, cursor: string | null) => TaskRow[]>> = {
  ready: listReady,
  delayed: listDelayed,
  held: listHeld,
  failed: listFailed,
}

function cursorOf(state: KeyedState, row: TaskRow): string {
  switch (state) {
    case 'ready':
      return `${String(row.priority)} ${String(placeOf(row))}`
    case 'delayed':
      return `${String(row.due ?? 0)} ${String(row.seq)}`
    case 'held':
      return `${String(row.seq)} ${row.holder ?? ''}`
    case 'failed':
      return `${String(row.ended_at)} ${String(row.seq)}`
  }
}

/** The two numbers of a cursor. */
function numbersOf(cursor: string | null, first: number, second: number): [number, number] {
  const [, a, b] = /^(-?\d+) (-?\d+)$/.exec(cursor ?? '') ?? []
  return a === undefined || b === undefined ? [first, second] : [Number(a), Number(b)]
}

/** Those that are in order stand where their key is, the others at their place. */
function placeOf({ state, place, seq }: TaskRow): number {
  return state === 2 ? seq : (place ?? seq)
}

function listReady({ db, queue, most }: Look, cursor: string | null): TaskRow[] {
  const [priority, place] = numbersOf(cursor, 10, -Infinity)
  const after = Number.isFinite(place) ? place : Number.MIN_SAFE_INTEGER
  const rows: TaskRow[] = []
  for (const state of ['state = 4', 'state = 5 AND suspect > 0']) {
    const sql = `${SELECT_LISTED} WHERE queue = ?1 AND ${state} AND (priority < ?2 OR priority = ?2 AND place > ?3)
      ORDER BY priority DESC, place LIMIT 0 + ?4`
    rows.push(...(db.sql(sql).all(queue, priority, after, most) as unknown as TaskRow[]))
  }
  const row = db.sql('SELECT tracks FROM queue WHERE id = ?').get(queue) as { tracks: string } | undefined
  for (const track of row === undefined ? [] : parseTracks(row.tracks)) {
    if (track.priority === ASIDE || track.ready === 0 || track.priority > priority) continue
    const from = track.priority === priority ? Math.max(track.next, after + 1) : track.next
    const sql = `${SELECT_LISTED} WHERE seq BETWEEN ? AND ? AND state = 2 ORDER BY seq LIMIT 0 + ?`
    rows.push(...(db.sql(sql).all(from, track.tail, most) as unknown as TaskRow[]))
  }
  return rows.sort((a, b) => b.priority - a.priority || placeOf(a) - placeOf(b)).slice(0, most)
}

function listDelayed({ db, queue, most }: Look, cursor: string | null): TaskRow[] {
  const [due, seq] = numbersOf(cursor, 0, 0)
  const sql = `${SELECT_LISTED} WHERE queue = ?1 AND state = 3 AND due >= ?2 AND (due > ?2 OR seq > ?3)
    ORDER BY due, seq LIMIT 0 + ?4`
  return db.sql(sql).all(queue, due, seq, most) as unknown as TaskRow[]
}

function listHeld({ db, queue, most }: Look, cursor: string | null): TaskRow[] {
  const [, seq = '0', worker = ''] = /^(\d+) (.*)$/s.exec(cursor ?? '') ?? []
  const batches = db
    .sql(
      `SELECT worker, first, last FROM batch WHERE queue = ?1 AND (worker > ?2 OR worker = ?2 AND last > ?3)
       ORDER BY worker, first`,
    )
    .all(queue, worker, Number(seq)) as { worker: string; first: number; last: number }[]
  const sql = db.sql(
    `SELECT ${LISTED}, b.worker AS holder, t.seq + b.offset AS fence, b.at AS held_at FROM task AS t
     JOIN batch AS b ON b.first = ?1 WHERE t.seq BETWEEN ?2 AND ?3 AND t.state = 2 ORDER BY t.seq LIMIT 0 + ?4`,
  )
  const rows: TaskRow[] = []
  for (const batch of batches) {
    const from = batch.worker === worker ? Math.max(batch.first, Number(seq) + 1) : batch.first
    rows.push(...(sql.all(batch.first, from, batch.last, most - rows.length) as unknown as TaskRow[]))
    if (rows.length >= most) break
  }
  return rows
}

function listFailed({ db, queue, now, most }: Look, cursor: string | null): TaskRow[] {
  const [ended, seq] = numbersOf(cursor, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  const sql = `${SELECT_LISTED} WHERE queue = ?1 AND status > 1 AND suspect = 0 AND expires_at > ?2 AND ended_at > ?3
    AND ended_at <= ?4 AND (ended_at < ?4 OR seq < ?5) ORDER BY ended_at DESC, seq DESC LIMIT 0 + ?6`
  return db.sql(sql).all(queue, now, now - FAILED_TTL, ended, seq, most) as unknown as TaskRow[]
}

/** By the ids that workers have told, on one page. */
async function listRecent(session: EmbeddedSession, queue: string, limit: number): Promise<StoredPage> {
  const { store, namespace } = session
  const key = leaseKey(namespace, queue)
  const recent = await session.readableMetrics((metrics) => recentEnds(metrics, key))
  const now = store.clock.now()
  const records = await session.read(queue, (db, id) => {
    const sql = db.sql(`${SELECT_LISTED} WHERE queue = ? AND id = ? AND state = 6 AND expires_at > ?`)
    const rows = [...new Set(recent.ids)].flatMap((each) => (sql.get(id, each, now) as TaskRow | undefined) ?? [])
    return rows.slice(0, limit).map((row) => recordOf(row, queue))
  })
  return { records, cursor: null, isSampled: recent.isSampled }
}
