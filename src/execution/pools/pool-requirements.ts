import { isAbsolute } from 'node:path'
import type { Token } from '../../container/container.js'
import { constructorParameters } from '../../container/constructor-parameters.js'
import { JobDefinitionError } from '../../errors.js'
import type { RunnableJob } from '../../jobs/loading/runnable-job.js'
import { Serializer } from '../../serializers/serializer.js'
import { isProgram } from '../../util/program.js'
import type { MemberProgram } from './member-program.js'

/** The parts of the application that the members of a pool have. */
export interface PoolSupplies {
  readonly program: MemberProgram
  /** Whether the setting `taskPaths` lists the files of the jobs. */
  readonly listsFiles: boolean
  /** Tokens that the application has bound in this process. */
  readonly bound: readonly Token[]
}

/**
 * Checks whether the members of a pool can run a job. Members that run the application's program have all of its bindings.
 * Other members only load the job files. Then the job must be in a file other than the program, and must not need a binding
 * of the program.
 *
 * @throws {@link JobDefinitionError} for a job that would fail in a member, or would run differently there
 */
export function requirePoolable(job: RunnableJob, { program, listsFiles, bound }: PoolSupplies): void {
  if (!isAbsolute(job.registered.file)) {
    throw refused(job, `to stand in a file that a ${job.concurrency} can load, got code that has none`)
  }
  if (program.isApplication) return
  if (!listsFiles) {
    throw refused(
      job,
      'to stand in a file that taskPaths lists, got none listed; list its file, or start with workers: 1 or more',
    )
  }
  refuseWhatIsBoundHere(job, bound)
}

function refuseWhatIsBoundHere(job: RunnableJob, bound: readonly Token[]): void {
  const mode = job.concurrency
  if (isProgram(job.registered.file)) {
    throw refused(
      job,
      `to stand in a file of its own, got one that is the program itself, which a ${mode} would have to run again; ` +
        'move it, list its file in taskPaths, or start with workers: 1 or more',
    )
  }
  const needed = bound.includes(Serializer) ? Serializer : tokensOf(job, bound)
  if (needed === undefined) return
  throw refused(
    job,
    `not to need ${needed.name}, which this program binds and a ${mode} without it would not have; ` +
      'start with workers: 1 or more, where each worker and its threads run the program again, or bind it in a module ' +
      'that the job file imports',
  )
}

/** The first bound token that the constructor of the job, or of one of its dependencies, asks for. */
function tokensOf({ registered }: RunnableJob, bound: readonly Token[]): Token | undefined {
  if (typeof registered.target !== 'function' || bound.length === 0) return undefined
  const seen = new Set<unknown>()
  const look = (target: Token, inject: readonly unknown[] | undefined): Token | undefined => {
    if (seen.has(target)) return undefined
    seen.add(target)
    for (const type of parametersOf(target, inject)) {
      const token = bound.find((one) => one === type)
      const found = token ?? (typeof type === 'function' ? look(type as Token, undefined) : undefined)
      if (found) return found
    }
    return undefined
  }
  return look(registered.target, registered.options.inject)
}

function parametersOf(target: Token, inject: readonly unknown[] | undefined): readonly unknown[] {
  try {
    return constructorParameters(target, inject, () => new Map())
  } catch {
    // A constructor that cannot be injected is reported when the job is built.
    return []
  }
}

function refused({ name, concurrency }: RunnableJob, what: string): JobDefinitionError {
  return new JobDefinitionError(name, `expected a job of concurrency ${concurrency} ${what}`)
}
