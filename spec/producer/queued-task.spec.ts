import { describe, expect, it } from 'vitest'
import { taskHeader } from '../../lib/model/task-record.js'
import type { TaskCall } from '../../lib/model/task-record.js'
import { Task } from '../../lib/model/task.js'
import { queuedTask } from '../../lib/producer/queued-task.js'
import { taskFields } from '../../lib/serializers/task-codec.js'

const CALLS: readonly TaskCall[] = [
  { job: 'plain' },
  { job: 'all', args: { a: 1 }, delay: 50, timeout: 10, expires: 70, meta: { maxRetries: 3 }, parent: 'i1' },
]

describe('the task of a call that was queued', () => {
  it.each(CALLS)('has what the record of the store says: $job', (call) => {
    const task = queuedTask('i2', 'mail', call, 7, 1_000)
    const dueAt = 1_000 + (call.delay ?? 0)
    const header = taskHeader({ id: 'i2', queue: 'mail', job: call.job, priority: 7, queuedAt: 1_000, dueAt })
    expect(task).toStrictEqual(new Task(taskFields(header, call, {})))
    expect(Object.keys(task)).toEqual(Object.keys(taskFields(header, call, {})))
  })
})
