import type ts from 'typescript'
import type { ConcurrencyName } from '../../model/concurrency.js'
import type { JobManifest } from '../../model/manifest.js'

/** One parameter of a job, as the source has it. */
export interface ParameterSource {
  readonly name: string
  readonly optional: boolean
  /** Empty when there is none. */
  readonly doc: string
  readonly type: ts.Type
  /** Where problems with it are told. */
  readonly node: ts.Node
}

/** What the parameters of a `run` are. */
export interface RunSource {
  readonly parameters: readonly ParameterSource[]
  /** The arguments are the members of its one parameter. */
  readonly spread: boolean
  /** The arguments are a DTO: classes inside it are made of plain objects. */
  readonly dto: boolean
  /** With `spread`: its one parameter may be left out. */
  readonly wholeOptional: boolean
  /** What awaiting the result gives; of a generator, what it returns. */
  readonly result: ts.Type
  readonly isGenerator: boolean
  /** Where problems with the result are told. */
  readonly node: ts.Node
}

/** One job, as the source has it. */
export interface JobSource extends RunSource {
  /** Name on the wire. */
  readonly jobName: string
  /** Absolute path of its file. */
  readonly file: string
  readonly exportName: string
  readonly kind: 'class' | 'function'
  readonly doc: string
  readonly type: JobManifest['type']
  readonly concurrency: ConcurrencyName
  readonly options: NonNullable<JobManifest['options']>
  /** Where problems with its name are told. */
  readonly nameNode: ts.Node
}
