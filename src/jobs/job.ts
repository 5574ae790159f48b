import { JobDefinitionError } from '../errors.js'
import type { JobOptions } from '../model/job-options.js'
import { dtoOf } from './args.js'
import { checkJobOptions } from './job-option-checks.js'
import type { DtoClass, RegisteredJob } from './registry.js'
import { registerJob } from './registry.js'

/** A class that can be a job: it has a `run` method. */
type JobTargetClass = new (...args: never[]) => { run(...args: never[]): unknown }

/**
 * Registers a class as a job. For TypeScript's `experimentalDecorators` and for standard decorators alike.
 *
 * @param options - see {@link JobOptions}; none is needed
 * @throws {@link JobDefinitionError} for an option that is unknown or malformed
 */
export function Job(options: JobOptions = {}) {
  return <C extends JobTargetClass>(target: C, _context?: ClassDecoratorContext<C>): void => {
    checkJobOptions(target.name, options)
    const { run } = target.prototype as { readonly run?: unknown }
    if (typeof run !== 'function')
      throw new JobDefinitionError(target.name, 'expected the class to have a method run, got none')
    const declared = options.args as DtoClass | undefined
    const dto = declared ? () => declared : dtoOf(target)
    registerJob(target, target.name, options, run as RegisteredJob['run'], dto)
  }
}
