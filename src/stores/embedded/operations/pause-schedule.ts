import type { SchedulePause } from '../../../model/schedule-pause.js'
import { pauseKey, pauseText, resumedKey } from '../../schedule-pauses.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'

/** Pauses the schedule of a job, or ends that. Of several pauses the first one stays. */
export async function pauseSchedule(
  session: EmbeddedSession,
  queue: string,
  job: string,
  pause: Omit<SchedulePause, 'at'> | null,
): Promise<boolean> {
  return await session.transactKnown(queue, false, (transaction) => {
    const { id, now } = transaction
    const tick = transaction.sql('SELECT 1 FROM tick WHERE queue = ? AND job = ?').get(id, job)
    if (tick === undefined) return false
    if (pause === null) {
      const { changes } = transaction.sql('DELETE FROM tick WHERE queue = ? AND job = ?').run(id, pauseKey(job))
      if (changes > 0) {
        transaction
          .sql(`INSERT OR REPLACE INTO tick (queue, job, last, schedule, operation) VALUES (?, ?, ?, '', '')`)
          .run(id, resumedKey(job), now)
      }
    } else {
      transaction
        .sql(`INSERT OR IGNORE INTO tick (queue, job, last, schedule, operation) VALUES (?, ?, ?, ?, '')`)
        .run(id, pauseKey(job), now, pauseText(pause))
    }
    return true
  })
}
