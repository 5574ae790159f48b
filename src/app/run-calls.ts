import type { QueuedFields } from '../execution/pools/member-host.js'
import type { RunCalls } from '../execution/pools/pool-run.js'
import type { RunServices } from '../execution/run-context.js'
import type { Run } from '../execution/run.js'
import type { JobQueueOptions } from '../jobs/job-context.js'
import type { Task } from '../model/task.js'

/** What a run in a thread or a child process may ask of this one: by name, with what can be carried. */
export function callsOf(run: Run, services: RunServices): RunCalls {
  const followed = new Map<string, Task>()
  const carried = (task: Task): QueuedFields => {
    const { doneCallback, ...fields } = task
    if (doneCallback) followed.set(task.id, task)
    return { ...fields, followed: doneCallback !== undefined }
  }
  return {
    queue: async (job: string, args: object, options: JobQueueOptions | undefined) =>
      carried(await services.queue(job, args, options, run.claimed.id)),
    end: async (id: string) => {
      const task = followed.get(id)
      if (!task?.doneCallback) throw new Error(`expected a task that this run has queued, got ${id}`)
      return carried(await task.doneCallback.wait())
    },
    progress: async (value: unknown) => {
      await run.progress(value)
    },
    runInThread: async (source: string, args: readonly unknown[]) => await services.runInThread(run, source, args),
  }
}
