import { JobDefinitionError } from '../../errors.js'
import type { JobOptions } from '../../model/job-options.js'
import type { JobTargetClass } from './job-types.js'
import { dtoOf } from './args.js'
import { checkJobOptions } from './job-option-checks.js'
import type { DtoClass, RegisteredJob } from './registry.js'
import { registerJob } from './registry.js'

/**
 * Registers a class as a job. Works with TypeScript's `experimentalDecorators` and with standard decorators.
 *
 * @param options - see {@link JobOptions}; all are optional
 * @throws {@link JobDefinitionError} for an option that is unknown or malformed
 */
export function Job(options: JobOptions = {}) {
  const given: unknown = options
  if (typeof given === 'function') {
    throw new JobDefinitionError(given.name, 'expected @Job(), got @Job; add the parentheses')
  }
  return <C extends JobTargetClass>(target: C, _context?: ClassDecoratorContext<C>): void => {
    checkJobOptions(target.name, options)
    const { run } = target.prototype as { readonly run?: unknown }
    if (typeof run !== 'function')
      throw new JobDefinitionError(target.name, 'expected the class to have a method run, got none')
    if (target.name === '' && options.name === undefined) {
      throw new JobDefinitionError('without a name', 'expected the class to have a name; give it @Job({ name })')
    }
    const declared = options.args as DtoClass | undefined
    const dto = declared ? () => declared : dtoOf(target)
    if (dto !== null && run.length > 1) {
      throw new JobDefinitionError(
        target.name,
        `expected run to have one parameter, whose members are the arguments, got ${String(run.length)}`,
      )
    }
    registerJob(target, target.name, options, run as RegisteredJob['run'], dto)
  }
}
