import { inWords } from '../operate/in-words.js'
import type { TaskSummary } from '../operate/looks.js'

export const TASK_HEADS = ['ID', 'JOB', 'QUEUE', 'STATE', 'RUNS', 'AGE', 'ERROR'] as const

/** A task as a row of a table. @param now - ms since the epoch */
export function taskRow(task: TaskSummary, now: number): string[] {
  const { id, job, queue, state, status, statusString, runs, queuedAt, endedAt, error } = task
  const shownState = state === 'failed' || status === 4 ? `${state} (${statusString})` : state
  const [message = ''] = (error ?? '').split('\n')
  return [id, job, queue, shownState, String(runs), inWords(now - (endedAt ?? queuedAt)), message.slice(0, 60)]
}
