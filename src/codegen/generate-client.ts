import { resolve } from 'node:path'
import type ts from 'typescript'
import type { CodegenError } from '../errors.js'
import { modelClient, specifierOf } from './model/client-model.js'
import { manifestFile, withFiles } from './model/manifest-file.js'
import { printClient, printManifest } from './print/print-client.js'
import { readJobs } from './read/read-jobs.js'
import { readProject } from './read/read-project.js'
import type { SourceContext } from './read/source-context.js'
import { createSourceContext } from './read/source-context.js'
import type { TypeScript } from './load-typescript.js'

/** The files to read and to write. */
export interface GenerateOptions {
  /** Absolute paths of the files with jobs. */
  readonly files: readonly string[]
  /** Absolute path of the client's file. */
  readonly out: string
  /** Directory that paths in messages count from. */
  readonly directory: string
  /** Path of the tsconfig; null: the nearest to `directory`. */
  readonly project: string | null
  readonly standalone: boolean
}

/** The generated file, or the reasons why there is none. */
export interface Generated {
  /** The client's file; null where there are problems. */
  readonly source: string | null
  /** The file with the manifest alone, where no app would look for it in the client's file. */
  readonly manifest: { readonly path: string; readonly source: string } | null
  /** Number of jobs found. */
  readonly jobs: number
  readonly problems: readonly CodegenError[]
  /** All files of the project that were read. */
  readonly filesRead: readonly string[]
}

/**
 * Generates a client: the jobs are read, modelled and printed.
 *
 * @returns the client's source, or the problems that stand in its way
 */
export function generateClient(ts: TypeScript, options: GenerateOptions): Generated {
  const { options: compilerOptions, ambient } = readProject(ts, options.directory, options.project)
  const roots = [...options.files].sort()
  const program = ts.createProgram({ rootNames: [...roots, ...ambient], options: compilerOptions })
  const context = createSourceContext(ts, program, options.directory)
  const files = roots.map((path) => program.getSourceFile(path)).filter((file) => file !== undefined)
  recordSyntaxErrors(context, files)
  const jobs = readJobs(context, files)
  const model = modelClient(context, jobs)
  const filesRead = program
    .getSourceFiles()
    .filter((file) => isProjectFile(program, file))
    .map(({ fileName }) => resolve(fileName))
  const problems = context.problems.all()
  const done = { jobs: jobs.length, problems, filesRead }
  if (problems.length > 0) return { ...done, source: null, manifest: null }
  const holder = manifestFile(
    options.out,
    jobs.map(({ file }) => resolve(file)),
  )
  const listed = withFiles(model, holder)
  const source = printClient(holder === options.out ? listed : model, {
    standalone: options.standalone,
    specifierOf: (file) => specifierOf(ts, compilerOptions, options.out, file),
  })
  const manifest = holder === options.out ? null : { path: holder, source: printManifest(listed.manifest) }
  return { ...done, source, manifest }
}

/** Records what the compiler cannot parse: such a file may have jobs that are not seen. */
function recordSyntaxErrors({ ts, program, problems }: SourceContext, files: readonly ts.SourceFile[]): void {
  for (const file of files) {
    for (const { messageText, start } of program.getSyntacticDiagnostics(file)) {
      problems.addAtPosition(file, start, ts.flattenDiagnosticMessageText(messageText, ' '))
    }
  }
}

/** @returns whether a file is the user's own, not the language's and not a package's */
function isProjectFile(program: ts.Program, file: ts.SourceFile): boolean {
  return !program.isSourceFileDefaultLibrary(file) && !program.isSourceFileFromExternalLibrary(file)
}
