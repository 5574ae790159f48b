import type { NewTask } from 'pulsar-queue'

/** A task as a store gets it: of the job `work`, without arguments, due at once. */
export function newTask(id: string, more: Partial<NewTask> = {}): NewTask {
  const task = { id, job: 'work', tags: [], body: '{}', priority: 4, delay: 0, inbox: null, checkDuplicate: false }
  return { ...task, ...more }
}
