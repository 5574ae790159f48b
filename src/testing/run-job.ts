import type { AnyJob, ResultOf } from '../jobs/define/job-types.js'
import { RunnableJob, runnableJob } from '../jobs/loading/runnable-job.js'
import type { ArgsOfJob, Rest } from '../producer/tasks.js'
import type { JobRun } from './job-run.js'
import { jobsIn } from './jobs-in.js'
import type { RunJobOptions } from './run-job-options.js'
import { checkRunJobOptions } from './run-job-options.js'
import { SingleRun } from './single-run.js'

/**
 * Runs a job once, here and now, with a fake context: no queue, no app, no store. Its arguments are checked and carried
 * as in production, its constructor is injected, and it runs on this event loop whatever its concurrency. A generator is
 * driven to its end. A failure of the run does not throw: the outcome has it.
 *
 * @param job - a job class, or what `defineJob` gave
 * @param args - its arguments by name, or by position as a list
 * @param options - fakes, and the circumstances of the run
 * @returns the end of the run, and what the job queued, logged, reported, fetched and ran in the shell
 * @throws {@link JobDefinitionError} for what is no job; {@link InjectionError} for a constructor argument that nothing is
 *   bound to; {@link InvalidOptionError} for a wrong option, or for a fake that the job needed and that was not given
 */
export async function runJob<J extends AnyJob>(
  job: J,
  ...rest: Rest<ArgsOfJob<J>, RunJobOptions<J>>
): Promise<JobRun<ResultOf<J>>>
export async function runJob(
  job: AnyJob,
  args: object = {},
  options: RunJobOptions<never> = {},
): Promise<JobRun<unknown>> {
  checkRunJobOptions(options)
  const [registered] = jobsIn([job])
  if (registered === undefined) throw new TypeError('unreachable: a job is registered or refused')
  const { manifest } = options
  // A manifest that knows other jobs as well speaks for this one alone; one that does not know it is for others.
  const isListed = manifest !== undefined && Object.hasOwn(manifest.jobs, registered.name)
  const runnable = isListed ? new RunnableJob(registered, manifest) : runnableJob(registered)
  return await new SingleRun(runnable, options).run(args)
}
