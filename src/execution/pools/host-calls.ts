import type { QueuedFields } from './member-runtime.js'
import type { WireLock } from './protocol.js'
import type { RunCalls } from './pool-run.js'
import type { RunServices } from '../run-context.js'
import type { Run } from '../run.js'
import type { JobQueueOptions } from '../../jobs/define/job-context.js'
import type { Lock } from '../../locks/lock.js'
import type { Duration } from '../../util/duration.js'
import type { Task } from '../../model/task.js'

/** What a run in a thread or a child process may ask of this one: by name, with what can be carried. */
export function hostCalls(run: Run, services: RunServices, notify: (run: Run, key: string) => void): RunCalls {
  const locks = new Map<string, Lock>()
  const kept = (lock: Lock): WireLock => {
    const key = `${run.claimed.id} ${String(lock.fence)} ${lock.name}`
    locks.set(key, lock)
    lock.signal.addEventListener('abort', () => {
      notify(run, key)
    })
    return { name: lock.name, fence: lock.fence, key }
  }
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
    lock: async (name: string, timeout: Duration | undefined) => kept(await services.lock(run, name, { timeout })),
    tryLock: async (name: string) => {
      const lock = await services.tryLock(run, name)
      return lock === null ? null : kept(lock)
    },
    release: async (key: string) => {
      const lock = locks.get(key)
      locks.delete(key)
      return (await lock?.release()) ?? false
    },
    progress: async (value: unknown) => {
      await run.progress(value)
    },
    runInThread: async (source: string, args: readonly unknown[]) => await services.runInThread(run, source, args),
  }
}
