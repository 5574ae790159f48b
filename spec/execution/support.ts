import type { JobContext, JobOptions } from 'pulsar-queue'
import { defineJob, JsonSerializer, TaskNotAvailableError } from 'pulsar-queue'
import { Executor } from '../../lib/execution/executor.js'
import { InlineRunner } from '../../lib/execution/inline-runner.js'
import { registeredJob } from '../../lib/jobs/define/registry.js'
import { RunnableJob } from '../../lib/jobs/loading/runnable-job.js'
import type { ClaimedTask } from '../../lib/stores/broker.js'
import { KeptLogger } from '../support/kept-logger.js'

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

/** What a worker of one job executes with, or one of an older version of the application, which has no job. Its clock shows 5,000. */
export function executing(job?: RunnableJob) {
  const serializer = new JsonSerializer()
  const logger = new KeptLogger()
  const jobs = {
    find: () => job,
    names: () => (job === undefined ? [] : [job.name]),
    notAvailable: (name: string) => new TaskNotAvailableError(name, null),
  }
  const executor = new Executor({
    serializer,
    logger,
    jobs,
    runner: new InlineRunner(() => ({ run: () => 'ran' })),
    workerName: 'worker',
    nodeName: 'node',
    clock: { now: () => 5_000 },
  })
  return { serializer, logger, jobs, executor }
}
