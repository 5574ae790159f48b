import { scheduleOf } from './schedule-of.js'
import type { Schedule } from './schedule.js'

/**
 * Time since the first tick of a schedule that was due and that no process has taken, ms; 0: there is none. It needs no job code: the text
 * of a schedule says when it is due. Null: the text is none, or the job decides itself.
 *
 * @param text - as of `scheduleText`
 * @param last - the last tick, ms since the epoch
 * @param now - ms since the epoch by the store's clock
 * @param since - when a pause ended, ms since the epoch: nobody could take a tick before
 */
export function overdueOf(text: string, last: number, now: number, since = 0): number | null {
  const schedule = readSchedule(text)
  if (schedule === null) return null
  const missed = schedule.next(last)
  return missed === null ? 0 : Math.max(0, now - Math.max(missed, since))
}

/**
 * The tick of a schedule that is taken next, ms since the epoch: the latest one that was due and that no process has taken, else the
 * first to come. It needs no job code. Null: none is left, the text is none, or the job decides itself.
 */
export function nextOf(text: string, last: number, now: number): number | null {
  const schedule = readSchedule(text)
  return schedule === null ? null : (schedule.last(last, now) ?? schedule.next(last))
}

/** The schedule that a text names; null: none. */
function readSchedule(text: string): Schedule | null {
  try {
    const cron = /^cron (.+) in (\S+)$/.exec(text)
    if (cron) return scheduleOf('', { cron: cron[1], timeZone: cron[2] })
    const [, ms, from, time, zone] = /^every (\d+) ms(?: from (\S+)| at (\S+) in (\S+))?$/.exec(text) ?? []
    if (ms === undefined) return null
    const runEvery = Number(ms) / 1_000
    if (from !== undefined) return scheduleOf('', { runEvery, anchor: new Date(from) })
    if (time === undefined) return scheduleOf('', { runEvery })
    const [hour, minute, second] = time.split(':').map(Number)
    return scheduleOf('', { runEvery, anchor: { hour, minute, second }, timeZone: zone })
  } catch {
    // Another version has written it.
    return null
  }
}
