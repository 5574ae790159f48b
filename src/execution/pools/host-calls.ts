import type { Lock } from '../../locks/lock.js'
import type { TaskFuture } from '../../model/task-future.js'
import type { Task } from '../../model/task.js'
import type { RunServices } from '../run-services.js'
import type { Run } from '../run.js'
import type { HostCalls, WireLock, WireTask } from './protocol.js'

/**
 * Serves the calls that a run in a thread or a child process makes to its worker.
 *
 * @param onLockLost - called with the key of a lock that the run has lost
 */
export function hostCalls(run: Run, services: RunServices, onLockLost: (key: string) => void): HostCalls {
  const locks = new Map<string, Lock>()
  const wireLock = (lock: Lock): WireLock => {
    const key = `${run.claimed.id} ${String(lock.fence)} ${lock.name}`
    locks.set(key, lock)
    lock.signal.addEventListener('abort', () => {
      onLockLost(key)
    })
    return { name: lock.name, fence: lock.fence, key }
  }
  const futures = new Map<string, TaskFuture>()
  const queued = new Map<string, Task>()
  const wireTask = (task: Task): WireTask => {
    const hasEnd = task.doneCallback !== undefined
    if (hasEnd) queued.set(task.id, task)
    // eslint-disable-next-line @typescript-eslint/no-misused-spread -- its data alone goes to the member
    return { ...task, hasEnd }
  }
  return {
    queue: async (job, args, options, id) => {
      const future = services.queue(run, job, args, options, id)
      futures.set(future.id, future)
      return wireTask(await future)
    },
    revoke: async (id) => (await futures.get(id)?.revoke()) ?? false,
    end: async (id) => {
      const task = queued.get(id)
      if (!task?.doneCallback) throw new Error(`expected a task that this run has queued, got ${id}`)
      return wireTask(await task.doneCallback.wait())
    },
    // Here, not in the member: the command must not outlive a member that is killed, nor stay as its zombie.
    shell: async (command, options, variables) => await services.shell(run, command, options, variables),
    lock: async (name, timeout) => wireLock(await services.lock(run, name, { timeout })),
    tryLock: async (name) => {
      const lock = await services.tryLock(run, name)
      return lock === null ? null : wireLock(lock)
    },
    release: async (key) => {
      const lock = locks.get(key)
      locks.delete(key)
      return (await lock?.release()) ?? false
    },
    progress: async (value) => {
      await run.progress(value)
    },
    runInThread: async (source, args) => await services.runInThread(run, source, args),
    look: async (call, args) => {
      const { looks } = services.backend
      const serve: (...given: never[]) => Promise<unknown> = looks[call].bind(looks)
      return await serve(...(args as never[]))
    },
    get: async (id) => {
      const task = await services.backend.looks.get(id)
      return task === null ? null : wireTask(task)
    },
    info: async () => await services.backend.info(),
  }
}
