import type { DatabaseConnection } from '../database/database-connection.js'
import { STATE } from '../database/schema.js'
import { OF_TASK } from './repair-batches.js'
import { repairSequence } from './repair-sequence.js'
import { ASIDE, PRIORITIES, Track, TRACK_NUMBERS, trackOfKey } from './tracks.js'
import { within } from './unreadable.js'

/** What is left of a track, by its tasks. */
interface Remains {
  readonly first: number | null
  readonly ready: number
  readonly tail: number | null
}

/** Whether a batch has the task `t`, which is in order. */
const IS_HELD = `EXISTS (SELECT 1 FROM batch AS b WHERE ${OF_TASK})`
/** The ready tasks of a range are those in order that no batch covers. */
const REMAINS = `SELECT min(seq) AS first, count(*) AS ready,
  (SELECT max(key) FROM (SELECT max(seq) AS key FROM task WHERE seq BETWEEN ?1 AND ?2
    UNION ALL SELECT max(last) FROM batch WHERE first BETWEEN ?1 AND ?2)) AS tail
  FROM task AS t WHERE seq BETWEEN ?1 AND ?2 AND state = 2 AND NOT ${IS_HELD}`

/** A track whose number or priority cannot be read. Its keys have tasks of one priority, unless they are aside. Runs in a transaction. */
export function repairTrackNumbers(db: DatabaseConnection): void {
  db.sql(`DELETE FROM track WHERE NOT (${within('number', TRACK_NUMBERS)})`).run()
  repairSequence(db, 'track', 'number', TRACK_NUMBERS[1])
  db.sql(
    `UPDATE track SET priority = coalesce((SELECT iif(${within('priority', PRIORITIES)}, priority, NULL) FROM task
       WHERE ${trackOfKey('seq')} = number AND state = ${String(STATE.inOrder)} LIMIT 1), ${String(ASIDE)})
     WHERE NOT (${within('priority', [ASIDE, PRIORITIES[1]])})`,
  ).run()
}

/** Counts the tracks of all queues anew, from their tasks. Runs in a transaction. */
export function repairTracks(db: DatabaseConnection): void {
  returnTasksWithoutTrack(db)
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

/** Ready tasks of which no track knows any more are no longer in order. */
function returnTasksWithoutTrack(db: DatabaseConnection): void {
  db.sql(
    `UPDATE task AS t SET state = ${String(STATE.returned)}, place = 0 WHERE state = ${String(STATE.inOrder)}
     AND ${trackOfKey('seq')} NOT IN (SELECT max(number) FROM track WHERE priority <> ${String(ASIDE)} GROUP BY queue, priority)
     AND NOT ${IS_HELD}`,
  ).run()
}

function repaired(db: DatabaseConnection, priority: number, number: number): Track {
  const [start, end] = Track.range(number)
  const { first, ready, tail: last } = db.sql(REMAINS).get(start, end) as Remains
  const tail = last ?? start - 1
  const next = first ?? tail + 1
  return new Track(priority, number, next, tail, tail - next + 1 - ready)
}
