import { described, JobDefinitionError } from '../../errors.js'
import type { JobOptions } from '../../model/job-options.js'
import { checkJobOptions } from './job-option-checks.js'
import type { DefinedJob, JobFunction } from './job-types.js'
import type { DtoClass, RegisteredJob } from './registry.js'
import { registerJob } from './registry.js'

/**
 * Registers a function as a job. Its `this` is a {@link JobContext}.
 *
 * @param options - the options of `@Job`; `name` is required
 * @returns a value that stands for the job: `queue` takes it in place of the name
 * @throws {@link JobDefinitionError} for an option that is unknown or malformed, or a missing name
 */
export function defineJob<F extends JobFunction>(
  options: JobOptions & { readonly name: string },
  run: F,
): DefinedJob<F> {
  const { name } = options as { readonly name?: unknown }
  if (typeof name !== 'string') {
    throw new JobDefinitionError(described(run), `expected option name to be a string, got ${described(name)}`)
  }
  if (typeof run !== 'function') throw new JobDefinitionError(options.name, 'expected a function as second argument')
  checkJobOptions(options.name, options)
  const job: DefinedJob<F> = Object.freeze({ name: options.name, run })
  const declared = options.args as DtoClass | undefined
  registerJob(job, options.name, options, run as unknown as RegisteredJob['run'], declared ? () => declared : null)
  return job
}
