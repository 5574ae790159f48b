import type { Api, Task } from 'pulsar-queue'
import { untilStarted } from '../support/until-started.js'

/** Runs a number of short tasks, and resolves with them. */
export async function spinTasks(api: Api, count: number): Promise<Task[]> {
  return await Promise.all(api.tasks.queueMany('spin', Array<{ ms: number }>(count).fill({ ms: 2 })))
}

/** Starts a task that blocks the event loop of its worker for ten minutes. Resolves when it runs. */
export async function startSpinning(api: Api): Promise<void> {
  const future = api.tasks.queue('spin', { ms: 600_000 })
  future.catch(() => undefined)
  await untilStarted(api, future.id)
}

/** The process id of the worker that has run a task. */
export function pidOf({ worker }: Task): number {
  return Number(worker?.split('-').at(-1))
}
