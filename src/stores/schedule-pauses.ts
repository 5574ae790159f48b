import type { SchedulePause } from '../model/schedule-pause.js'

/** Stands before the name of a job where its pause is kept beside its tick: no name has a control character. */
const PAUSE_PREFIX = '\u0001'

/** Where the pause of a job's schedule is kept, among the ticks. */
export function pauseKey(job: string): string {
  return PAUSE_PREFIX + job
}

/**
 * Where it is kept when the last pause of a job's schedule ended. Behind the same character, so that older versions take neither for
 * a job.
 */
export function resumedKey(job: string): string {
  return pauseKey(pauseKey(job))
}

/** The text under which a pause is kept, without its time. */
export function pauseText({ by, reason }: Omit<SchedulePause, 'at'>): string {
  return JSON.stringify([by, reason])
}

/** Reads it again. */
export function readPause(at: number, text: string): SchedulePause {
  try {
    const [by, reason] = JSON.parse(text) as readonly unknown[]
    return { at, by: String(by), reason: typeof reason === 'string' ? reason : null }
  } catch {
    // Another version has written it. It is a pause all the same.
    return { at, by: 'unknown', reason: null }
  }
}
