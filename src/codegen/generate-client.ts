import { resolve } from 'node:path'
import type ts from 'typescript'
import type { CodegenError } from '../errors.js'
import { modelClient, specifierOf } from './model/client-model.js'
import { OwnSymbols } from './read/own-symbols.js'
import { printClient } from './print/print-client.js'
import { Problems } from './read/problems.js'
import { readJobs } from './read/read-jobs.js'
import { readProject } from './read/read-project.js'
import type { Reading } from './read/reading.js'
import type { TypeScript } from './load-typescript.js'

/** What to generate from what. */
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

/** What came of it. */
export interface Generated {
  /** The client's file; null where there are problems. */
  readonly source: string | null
  /** Number of jobs found. */
  readonly jobs: number
  readonly problems: readonly CodegenError[]
  /** All files of the user's that were read. */
  readonly read: readonly string[]
}

/** Reads jobs and prints their client: program → jobs → model → text. */
export function generateClient(ts: TypeScript, options: GenerateOptions): Generated {
  const { options: compilerOptions, ambient } = readProject(ts, options.directory, options.project)
  const roots = [...options.files].sort()
  const program = ts.createProgram({ rootNames: [...roots, ...ambient], options: compilerOptions })
  const checker = program.getTypeChecker()
  const problems = new Problems(options.directory)
  const reading: Reading = { ts, program, checker, problems, own: new OwnSymbols(ts, checker) }
  const files = roots.map((path) => program.getSourceFile(path)).filter((file) => file !== undefined)
  recordSyntaxErrors(reading, files)
  const jobs = readJobs(reading, files)
  const model = modelClient(reading, jobs)
  const read = program
    .getSourceFiles()
    .filter((file) => isUsers(program, file))
    .map(({ fileName }) => resolve(fileName))
  const found = problems.all()
  if (found.length > 0) return { source: null, jobs: jobs.length, problems: found, read }
  const source = printClient(model, {
    standalone: options.standalone,
    specifierOf: (file) => specifierOf(ts, compilerOptions, options.out, file),
  })
  return { source, jobs: jobs.length, problems: [], read }
}

function recordSyntaxErrors({ ts, program, problems }: Reading, files: readonly ts.SourceFile[]): void {
  for (const file of files) {
    for (const { messageText, start } of program.getSyntacticDiagnostics(file)) {
      problems.addAt(file, start, ts.flattenDiagnosticMessageText(messageText, ' '))
    }
  }
}

function isUsers(program: ts.Program, file: ts.SourceFile): boolean {
  return !program.isSourceFileDefaultLibrary(file) && !program.isSourceFileFromExternalLibrary(file)
}
