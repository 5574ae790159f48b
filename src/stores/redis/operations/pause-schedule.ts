import type { SchedulePause } from '../../../model/schedule-pause.js'
import { pauseKey, pauseText, resumedKey } from '../../schedule-pauses.js'
import { bytesOf, NONE } from '../layout/bytes.js'
import type { RedisSession } from '../queue/redis-session.js'

export async function pauseSchedule(
  session: RedisSession,
  queue: string,
  job: string,
  pause: Omit<SchedulePause, 'at'> | null,
): Promise<boolean> {
  const args = {
    job: bytesOf(job),
    place: bytesOf(pauseKey(job)),
    resumed: bytesOf(resumedKey(job)),
    pause: pause === null ? NONE : bytesOf(pauseText(pause)),
  }
  return (await session.runInTurn('operations/pause-schedule', queue, { args })) === 1
}
