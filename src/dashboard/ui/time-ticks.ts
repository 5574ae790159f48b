import { absolute } from './format.js'

const MINUTE = 60
const DAY = 86_400

/**
 * What stands below an axis of times, as all other times of the page are written. The first tick has the day, and so has each one with
 * which another day begins.
 *
 * @param times - s since the epoch
 * @param apart - time between two of them, s
 */
export function timeTicks(times: readonly number[], apart: number): string[] {
  let shown = ''
  return times.map((time) => {
    const text = absolute(time * 1_000)
    const day = text.slice(0, 10)
    if (apart >= DAY) return day.slice(5)
    const clock = text.slice(11, apart < MINUTE ? 19 : 16)
    if (day === shown) return clock
    shown = day
    return `${clock}\n${day}`
  })
}
