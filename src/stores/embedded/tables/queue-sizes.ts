import type { QueueSizes } from '../../broker.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import { ASIDE, parseTracks } from './tracks.js'

interface SizeRow {
  readonly tracks: string
  readonly returned: number
  readonly suspected: number
  readonly delayed: number
  readonly held: number | null
}

/** One statement, so that all counts are of one moment. */
const SIZES = `SELECT tracks,
  (SELECT count(*) FROM task WHERE queue = q.id AND state = 4) AS returned,
  (SELECT count(*) FROM task WHERE queue = q.id AND state = 5 AND suspect > 0) AS suspected,
  (SELECT count(*) FROM task WHERE queue = q.id AND state = 3) AS delayed,
  (SELECT sum(left) FROM batch WHERE queue = q.id) AS held
  FROM queue AS q WHERE id = ?`

/** Counts the live tasks of a queue, by its number. */
export function queueSizes(db: DatabaseConnection, id: number): QueueSizes {
  const row = db.sql(SIZES).get(id) as SizeRow | undefined
  if (!row) return { ready: 0, delayed: 0, held: 0 }
  let ready = row.returned + row.suspected
  for (const track of parseTracks(row.tracks)) if (track.priority !== ASIDE) ready += track.ready
  return { ready, delayed: row.delayed, held: row.held ?? 0 }
}
