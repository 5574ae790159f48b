import type { DatabaseConnection } from '../database/database-connection.js'
import { Track } from './tracks.js'

/** What is left of a track, by its tasks. */
interface Remains {
  readonly first: number | null
  readonly ready: number
  readonly tail: number | null
}

/** The ready tasks of a range are those in order that no batch covers. */
const REMAINS = `SELECT min(seq) AS first, count(*) AS ready,
  (SELECT max(key) FROM (SELECT max(seq) AS key FROM task WHERE seq BETWEEN ?1 AND ?2
    UNION ALL SELECT max(last) FROM batch WHERE first BETWEEN ?1 AND ?2)) AS tail
  FROM task AS t WHERE seq BETWEEN ?1 AND ?2 AND state = 2 AND NOT EXISTS (SELECT 1 FROM batch AS b
    WHERE b.last >= t.seq AND b.first = (SELECT first FROM batch WHERE first <= t.seq ORDER BY first DESC LIMIT 1))`

/** Counts the tracks of all queues anew, from their tasks. Runs in a transaction. */
export function repairTracks(db: DatabaseConnection): void {
  const save = db.sql('UPDATE queue SET tracks = ? WHERE id = ?')
  const numbers = db.sql('SELECT priority, max(number) AS number FROM track WHERE queue = ? GROUP BY priority')
  for (const { id } of db.sql('SELECT id FROM queue').all() as { id: number }[]) {
    const tracks = (numbers.all(id) as { priority: number; number: number }[])
      .sort((a, b) => b.priority - a.priority)
      .map(({ priority, number }) => repaired(db, priority, number))
    save.run(
      JSON.stringify(tracks.map(({ priority, number, next, tail, dead }) => [priority, number, next, tail, dead])),
      id,
    )
  }
}

function repaired(db: DatabaseConnection, priority: number, number: number): Track {
  const [start, end] = Track.range(number)
  const { first, ready, tail: last } = db.sql(REMAINS).get(start, end) as Remains
  const tail = last ?? start - 1
  const next = first ?? tail + 1
  return new Track(priority, number, next, tail, tail - next + 1 - ready)
}
