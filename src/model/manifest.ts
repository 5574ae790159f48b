/**
 * The description of jobs that `pq generate` writes. It is plain data: the names, arguments and options of jobs without their
 * code. The generated client contains it, and the setting `manifest` may name its file.
 */
export interface Manifest {
  /** Version of this layout. */
  readonly version: 1
  /** The jobs, by name. */
  readonly jobs: Readonly<Record<string, JobManifest>>
  /** The types that are recursive or used more than once, by name. */
  readonly types?: Readonly<Record<string, Check>>
}

/** A job of a {@link Manifest}. */
export interface JobManifest {
  /** Name of the method in the generated client: `extractDocx` for `extract.docx`. */
  readonly method: string
  /**
   * Path of the job's file without its extension, relative to the file of the manifest. An app that loads the job recognizes
   * its manifest by this path. Absent where no app looks for the manifest.
   */
  readonly file?: string
  /** Doc comment of the class, or of `run` where the class has none. */
  readonly doc?: string
  readonly type: 'regular' | 'periodic'
  readonly concurrency: 'asyncio' | 'green' | 'thread' | 'process'
  /** The parameters of `run`, in order. With `spread`, the members of its one parameter instead. */
  readonly parameters: readonly ParameterManifest[]
  /** True where `run` takes one object whose members are the arguments: a DTO under `@Args()`, or a destructured object. */
  readonly spread?: true
  /** The job's options that a producer needs. Durations are written as in the source. */
  readonly options?: {
    readonly defaultQueue?: string
    readonly priority?: number
    readonly timeout?: number | string
    readonly expires?: number | string
    readonly redact?: readonly string[]
  }
}

/** An argument of a job. */
export interface ParameterManifest {
  readonly name: string
  /** Whether the argument may be left out, because it is optional or has a default. */
  readonly optional?: true
  readonly check: Check
}

/** The type that a value must have: a string for a basic type, an object for any other. */
export type Check =
  | 'any'
  | 'string'
  | 'number'
  | 'boolean'
  | 'bigint'
  | 'null'
  | 'undefined'
  | 'date'
  | 'bytes'
  | { readonly literal: string | number | boolean }
  | { readonly array: Check }
  | { readonly tuple: readonly Check[]; readonly rest?: Check }
  /** Members by name. One whose key ends in `?` may be absent or undefined. Further members are refused without `rest`. */
  | { readonly object: Readonly<Record<string, Check>>; readonly rest?: Check }
  | { readonly record: Check }
  | { readonly map: readonly [Check, Check] }
  | { readonly set: Check }
  | { readonly union: readonly Check[] }
  /** A key of `Manifest.types`. */
  | { readonly ref: string }
