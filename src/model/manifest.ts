/**
 * The description of jobs that `pq generate` writes: plain data, carried by the generated client and by the `manifest`
 * setting. It tells names, arguments and options without any job code.
 */
export interface Manifest {
  /** Layout of this structure. */
  readonly version: 1
  /** By job name. */
  readonly jobs: Readonly<Record<string, JobManifest>>
  /** Named checks, for types that are recursive or used more than once. */
  readonly types?: Readonly<Record<string, Check>>
}

/** A job of a {@link Manifest}. */
export interface JobManifest {
  /** Method of the generated client: `extractDocx` for `extract.docx`. */
  readonly method: string
  /**
   * Path of the job's file without its extension, relative to the file with the manifest. An app that loads the job finds the
   * manifest by it. Absent in a file that no app looks at.
   */
  readonly file?: string
  /** Doc comment of the class, or of `run` where the class has none. */
  readonly doc?: string
  readonly type: 'regular' | 'periodic'
  readonly concurrency: 'asyncio' | 'green' | 'thread' | 'process'
  /** In the order of `run`. With `spread`, the members of its one parameter instead. */
  readonly parameters: readonly ParameterManifest[]
  /** True where `run` takes one object whose members are the arguments: a DTO under `@Args()`, or a destructured parameter. */
  readonly spread?: true
  /** The job's options that a producer needs. Durations as they are in the source. */
  readonly options?: {
    readonly defaultQueue?: string
    readonly priority?: number
    readonly timeout?: number | string
    readonly expires?: number | string
  }
}

/** An argument of a job. */
export interface ParameterManifest {
  readonly name: string
  /** May be left out: it is optional, or has a default. */
  readonly optional?: true
  readonly check: Check
}

/** The type that a value must have. A string names a kind, an object a shape. */
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
  /** Members by name. A key that ends in `?` may be absent or undefined. Unknown members are refused unless `rest` admits them. */
  | { readonly object: Readonly<Record<string, Check>>; readonly rest?: Check }
  | { readonly record: Check }
  | { readonly map: readonly [Check, Check] }
  | { readonly set: Check }
  | { readonly union: readonly Check[] }
  /** A key of `Manifest.types`. */
  | { readonly ref: string }
