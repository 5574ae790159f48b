import type { JobOptions } from 'pulsar-queue'
import { defineJob } from 'pulsar-queue'
import type { JobContext } from 'pulsar-queue'
import { registeredJob } from '../../lib/jobs/define/registry.js'
import { RunnableJob } from '../../lib/jobs/loading/runnable-job.js'
import type { ClaimedTask } from '../../lib/stores/broker.js'

/** A claimed task in its first run. */
export function claimedTask(known: Partial<ClaimedTask> = {}): ClaimedTask {
  return {
    id: 'i1',
    job: 'job',
    tags: [],
    fence: 1,
    run: 1,
    crashes: 0,
    priority: 4,
    queuedAt: 1_000,
    dueAt: 1_000,
    claimedAt: 1_000,
    body: new Uint8Array(),
    ...known,
  }
}

/** A job as an app has it after loading its code. */
export function runnableJob(
  name: string,
  run: (this: JobContext, ...args: never[]) => unknown,
  options: JobOptions = {},
): RunnableJob {
  const registered = registeredJob(defineJob({ ...options, name }, run))
  if (registered === undefined) throw new Error('defineJob registers what it is given')
  return new RunnableJob(registered, null)
}
