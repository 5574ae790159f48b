import type { EndedEvent, Event, RunEvent, SentEvent } from '../history/event.js'

/** One run of a task. */
export interface Run {
  readonly id: string
  readonly job: string
  readonly fence: number
  readonly run: number
  readonly pid: number
  readonly startedAt: number
  /** When it ended by itself or was aborted; null: its history does not say. */
  endedAt: number | null
  how: 'failed' | 'returned' | 'aborted' | null
}

/** All that a history says of one task. */
export interface TaskHistory {
  readonly id: string
  sent: SentEvent | null
  acknowledgedAt: number | null
  refused: string | null
  rejected: string | null
  readonly ends: (EndedEvent & { readonly at: number })[]
  /** Whether `revoke()` was called. */
  revoking: boolean
  /** Whether it answered that it has changed something. */
  revoked: boolean
  /** In the order of their starts. */
  readonly runs: Run[]
  /** Fences of the runs that had their effect, in that order. */
  readonly effects: number[]
}

/** The events of a history by task. */
export function tasksOf(events: readonly Event[]): ReadonlyMap<string, TaskHistory> {
  const tasks = new Map<string, TaskHistory>()
  for (const event of events) if ('id' in event && event.e !== 'tick') take(taskOf(tasks, event.id), event)
  return tasks
}

function taskOf(tasks: Map<string, TaskHistory>, id: string): TaskHistory {
  const known = tasks.get(id)
  if (known) return known
  const unknown = { sent: null, acknowledgedAt: null, refused: null, rejected: null, revoking: false, revoked: false }
  const task = { id, ...unknown, ends: [], runs: [], effects: [] }
  tasks.set(id, task)
  return task
}

function take(task: TaskHistory, event: Event): void {
  if (event.e === 'sent') task.sent = event
  else if (event.e === 'acknowledged') task.acknowledgedAt = event.at
  else if (event.e === 'refused') task.refused = event.code
  else if (event.e === 'rejected') task.rejected = event.code
  else if (event.e === 'revoking') task.revoking = true
  else if (event.e === 'revoked') task.revoked ||= event.changed
  else if (event.e === 'ended') task.ends.push(event)
  else if (event.e === 'started') task.runs.push(started(event))
  else if (event.e === 'effect') task.effects.push(event.fence)
  else if (event.e === 'failed' || event.e === 'returned' || event.e === 'aborted') end(task, event)
}

function started({ id, job, fence, run, pid, at }: RunEvent & { readonly at: number }): Run {
  return { id, job, fence, run, pid, startedAt: at, endedAt: null, how: null }
}

/** The first end of a run counts: one that was aborted may still return. */
function end({ runs }: TaskHistory, event: RunEvent & { readonly at: number }): void {
  const run = runs.find(({ fence, endedAt }) => fence === event.fence && endedAt === null)
  if (!run || event.e === 'started' || event.e === 'effect') return
  run.endedAt = event.at
  run.how = event.e
}
