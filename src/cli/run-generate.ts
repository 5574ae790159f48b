import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { glob } from 'tinyglobby'
import type { Generated } from '../codegen/generate-client.js'
import { ExitCode, UsageError } from './report-error.js'
import { watchFiles } from './watch-files.js'
import { errorMessage } from '../util/thrown.js'

/** The options of `pq generate`. */
export interface GenerateFlags {
  /** Globs of the files that define jobs. */
  readonly jobs: string | readonly string[]
  /** File to write. */
  readonly out: string
  /** Write nothing; fail when the file is stale. */
  readonly check?: boolean | undefined
  /** Write the file again whenever a job changes. */
  readonly watch?: boolean | undefined
  /** Copy the types into the file instead of importing them. */
  readonly standalone?: boolean | undefined
  /** tsconfig.json that the jobs are read with. Default: the nearest. */
  readonly project?: string | undefined
}

/**
 * Generates the client, once or on every change.
 *
 * @returns the exit code: 0 success; 1 a job has a problem, or the file is stale
 * @throws {@link TypeScriptMissingError}; `UsageError` where there are no files or no jobs
 */
export async function generate(flags: GenerateFlags): Promise<number> {
  const run = async (): Promise<{ readonly code: number; readonly read: readonly string[] }> => {
    const generated = await generateOnce(flags)
    return { code: await conclude(flags, generated), read: generated.filesRead }
  }
  if (flags.watch !== true) return (await run()).code
  await watchFiles(
    async () => {
      try {
        return (await run()).read
      } catch (error) {
        console.error(`pq: ${errorMessage(error)}`)
        return null
      }
    },
    resolve(flags.out),
    directoriesOf(flags),
  )
  return ExitCode.ok
}

async function generateOnce(flags: GenerateFlags): Promise<Generated> {
  const directory = process.cwd()
  const out = resolve(flags.out)
  const globs = globsOf(flags)
  const found = await glob([...globs], {
    cwd: directory,
    absolute: true,
    ignore: ['**/node_modules/**', '**/*.d.{ts,mts,cts}', '**/*.manifest.generated.*'],
    expandDirectories: false,
  })
  const files = found.filter((path) => /\.[cm]?tsx?$/.test(path) && resolve(path) !== out)
  if (files.length === 0)
    throw new UsageError(`no TypeScript file matches ${globs.join(', ')}; check --jobs, and quote the glob`)
  // Imported here, because the compiler is large and the other commands do not need it.
  const [{ generateClient }, { loadTypeScript }] = await Promise.all([
    import('../codegen/generate-client.js'),
    import('../codegen/load-typescript.js'),
  ])
  const project = flags.project === undefined ? null : resolve(flags.project)
  const standalone = flags.standalone === true
  const generated = generateClient(loadTypeScript(directory), { files, out, directory, project, standalone })
  if (generated.jobs === 0 && generated.problems.length === 0) {
    throw new UsageError(
      `there are no jobs in ${globs.join(', ')}; a job is an exported class with @Job(), or an exported value of defineJob()`,
    )
  }
  return generated
}

async function conclude(flags: GenerateFlags, generated: Generated): Promise<number> {
  const out = resolve(flags.out)
  const { source, manifest, jobs, problems } = generated
  if (source === null) {
    for (const { message } of problems) console.error(message)
    console.error(
      `pq: ${String(problems.length)} ${problems.length === 1 ? 'problem' : 'problems'}; ${shown(out)} was not written`,
    )
    return ExitCode.failure
  }
  const files = [
    { path: out, source, content: `${String(jobs)} ${jobs === 1 ? 'job' : 'jobs'}` },
    ...(manifest === null ? [] : [{ ...manifest, content: 'the manifest' }]),
  ]
  const fresh = await Promise.all(files.map(async (file) => await isFresh(file)))
  if (flags.check === true) {
    for (const [i, { path }] of files.entries()) {
      if (fresh[i] === true) continue
      console.error(
        `pq: ${shown(path)} is ${existsSync(path) ? 'stale' : 'not there'}; run \`pq generate\` without --check`,
      )
    }
    return fresh.includes(false) ? ExitCode.failure : ExitCode.ok
  }
  for (const [i, file] of files.entries()) {
    if (fresh[i] !== true) await writeGenerated(file)
    console.log(`${shown(file.path)}: ${file.content}${fresh[i] === true ? ', unchanged' : ''}`)
  }
  return ExitCode.ok
}

interface GeneratedFile {
  readonly path: string
  readonly source: string
}

/** Whether a file says what it should. It may be laid out otherwise, by a formatter or a checkout on Windows. */
async function isFresh({ path, source }: GeneratedFile): Promise<boolean> {
  if (!existsSync(path)) return false
  const [{ loadTypeScript }, { sameMeaning }] = await Promise.all([
    import('../codegen/load-typescript.js'),
    import('../codegen/print/same-meaning.js'),
  ])
  return sameMeaning(loadTypeScript(process.cwd()), source, await readFile(path, 'utf8'))
}

async function writeGenerated({ path, source }: GeneratedFile): Promise<void> {
  const { formatForProject } = await import('../codegen/print/format-for-project.js')
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, await formatForProject(source, path))
}

function shown(path: string): string {
  return relative(process.cwd(), path)
}

/** The directories in which new job files may appear: those before the first wildcard. */
function directoriesOf(flags: GenerateFlags): readonly string[] {
  return globsOf(flags).map((each) => {
    const parts = each.split('/')
    const fixed = parts.slice(
      0,
      Math.max(
        0,
        parts.findIndex((part) => /[*?{[(!]/.test(part)),
      ),
    )
    return resolve(fixed.length > 0 ? fixed.join('/') : dirname(each))
  })
}

/** The globs, with slashes: a Windows shell completes paths with backslashes. One before a bracket is an escape. */
function globsOf({ jobs }: GenerateFlags): readonly string[] {
  const globs = typeof jobs === 'string' ? [jobs] : jobs
  return globs.map((each) => each.replace(/\\(?![[\](){}!])/g, '/'))
}
