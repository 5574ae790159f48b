import { describeProcess } from '../api/describe-process.js'
import type { SharedBackend } from '../execution/run-services.js'
import type { TaskLooks } from '../jobs/define/job-backend.js'
import type { JobCatalogue } from '../jobs/loading/job-catalogue.js'
import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import type { Logger } from '../logging/logger.js'
import type { Config } from '../model/config.js'

/** The parts of a fake backend. */
export interface FakeBackendParts {
  readonly nodeName: string
  readonly config: Config
  readonly logger: Logger
  readonly job: RunnableJob
  /** Makes the error for a call that needs a store. */
  readonly needsStore: (call: string) => Error
}

/** The backend of a run in a test. It knows the job of the test and this process, and has no store. */
export function fakeBackend({ nodeName, config, logger, job, needsStore }: FakeBackendParts): SharedBackend {
  const refuse = (call: keyof TaskLooks) => (): Promise<never> => Promise.reject(needsStore(call))
  const jobs: JobCatalogue = { names: () => [job.name], describe: () => job, nameOf: () => job.name }
  const looks: TaskLooks = {
    get: refuse('get'),
    revoke: refuse('revoke'),
    size: refuse('size'),
    flushQueues: refuse('flushQueues'),
    pause: refuse('pause'),
    resume: refuse('resume'),
    nextScheduled: refuse('nextScheduled'),
    queues: async () => await Promise.resolve([...config.taskQueues]),
  }
  const info: SharedBackend['info'] = async () =>
    await Promise.resolve(describeProcess(config, config.taskQueues, null, {}))
  return { nodeName, config, logger, jobs, looks, info }
}
