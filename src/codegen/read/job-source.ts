import type ts from 'typescript'
import type { ConcurrencyName } from '../../model/concurrency.js'
import type { JobManifest } from '../../model/manifest.js'
import type { DtoSource } from './read-dto.js'

/** One parameter of a job, as it is declared. */
export interface ParameterSource {
  readonly name: string
  readonly optional: boolean
  /** Empty when there is none. */
  readonly doc: string
  readonly type: ts.Type
  /** Position of problems with the parameter. */
  readonly node: ts.Node
}

/** The signature of a `run`. */
export interface RunSource {
  readonly parameters: readonly ParameterSource[]
  /** Whether the arguments are the members of the one parameter. */
  readonly spread: boolean
  /** Whether that parameter is a DTO: classes inside it are made of plain objects. */
  readonly dto: boolean
  /** Of a DTO: in what a caller's value differs from an instance. Null for what is no DTO. */
  readonly dtoSource: DtoSource | null
  /** With `spread`: whether the one parameter may be left out. */
  readonly spreadOptional: boolean
  /** The awaited result; of a generator, its return value. */
  readonly result: ts.Type
  readonly isGenerator: boolean
  /** Position of problems with the result. */
  readonly node: ts.Node
}

/** One job, as it is declared. */
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
  /** Position of problems with the name. */
  readonly nameNode: ts.Node
}
