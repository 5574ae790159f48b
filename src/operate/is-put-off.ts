import type { TaskCall, TaskHeader } from '../model/task-record.js'

/** Whether a worker has put off a task that has never run: it is due at another time than its call says. */
export function isPutOff({ runs, dueAt, queuedAt }: TaskHeader, { delay = 0 }: TaskCall): boolean {
  return runs === 0 && dueAt - queuedAt - delay > 100
}
