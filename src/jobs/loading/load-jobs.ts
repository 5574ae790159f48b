import { existsSync, realpathSync, statSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BundledError, InvalidSettingError, JobLoadError } from '../../errors.js'
import { isProgram } from '../../util/program.js'
import { importModule } from './import-module.js'
import type { RegisteredJob } from '../define/registry.js'
import { loadingFile, registeredJob, registeredJobs } from '../define/registry.js'

const IGNORED = [
  '**/node_modules/**',
  '**/*.d.ts',
  '**/*.d.mts',
  '**/*.d.cts',
  '**/*.map',
  '**/*.spec.*',
  '**/*.test.*',
  '**/*.manifest.generated.*',
]
const SCRIPTS = '**/*.{js,mjs,cjs,ts,mts,cts}'

/**
 * Loads job files.
 *
 * @param taskPaths - globs, directories, file URLs, or names of packages such as `pulsar-queue/jobs`
 * @param baseDirectory - the directory of relative globs
 * @returns the jobs that those files export or define, without duplicates
 * @throws {@link JobLoadError} with path and cause; {@link InvalidSettingError} for a path that matches no file
 */
export async function loadJobs(taskPaths: readonly string[], baseDirectory: string): Promise<RegisteredJob[]> {
  const files = new Set<string>()
  for (const path of taskPaths) for (const file of await filesOf(path, baseDirectory)) files.add(file)
  const jobs = new Map<object, RegisteredJob>()
  for (const file of files) {
    const exported = jobsOf(await load(file, baseDirectory))
    const others = [...jobs.values()]
    for (const job of exported) if (!others.some((other) => isSame(other, job))) jobs.set(job.target, job)
    for (const job of definedIn(file)) {
      if (![...jobs.values()].some((other) => isSame(other, job))) jobs.set(job.target, job)
    }
  }
  return [...jobs.values()]
}

async function filesOf(path: string, baseDirectory: string): Promise<string[]> {
  if (path.startsWith('file:')) return await filesOf(fileURLToPath(path), baseDirectory)
  const absolute = resolve(baseDirectory, path)
  if (existsSync(absolute)) {
    if (!statSync(absolute).isDirectory()) return [absolute]
    return await found(path, SCRIPTS, absolute)
  }
  if (isPackage(path)) return [path]
  // The pattern is made relative: a `(` or `[` in the name of the base directory is not a part of the pattern.
  const inside = isAbsolute(path) ? relative(baseDirectory, path) : path
  return await found(path, (inside.startsWith('..') ? path : inside).replaceAll('\\', '/'), baseDirectory)
}

async function found(path: string, pattern: string, cwd: string): Promise<string[]> {
  const { glob } = await tinyglobby()
  const files = await glob(pattern, { cwd, absolute: true, ignore: IGNORED, expandDirectories: false })
  if (files.length > 0) return files.sort()
  throw new InvalidSettingError(
    'taskPaths',
    'globs that find job files',
    JSON.stringify(path),
    'settings',
    `nothing matches below ${cwd}`,
  )
}

/** Loaded late: it needs its place on the disk while it is loaded, which bundlers that make CommonJS take from it. */
async function tinyglobby(): Promise<typeof import('tinyglobby')> {
  try {
    return await import('tinyglobby')
  } catch (error) {
    throw new BundledError({ cause: error })
  }
}

function isPackage(path: string): boolean {
  return (
    /^(?:@[\w.-]+\/)?[a-z][\w.-]*(?:\/[\w.-]+)*$/.test(path) && !/\.[cm]?[jt]s$/.test(path) && !path.startsWith('.')
  )
}

async function load(file: string, baseDirectory: string): Promise<object> {
  // The program is running already, and may be waiting for this very load: importing it again would wait for ever. The jobs
  // that it has defined so far are registered.
  if (isProgram(file)) return {}
  try {
    return await loadingFile(file, async () => await importModule(file, baseDirectory))
  } catch (error) {
    throw new JobLoadError(file, error)
  }
}

/** The jobs that a module exports. A CommonJS module exports the members of its `module.exports`. */
function jobsOf(module: object): RegisteredJob[] {
  const values: unknown[] = Object.values(module)
  const inner: unknown = 'default' in module ? module.default : undefined
  if (typeof inner === 'object' && inner !== null) values.push(...(Object.values(inner) as unknown[]))
  return [...new Set(values)].flatMap((value) => {
    if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return []
    return registeredJob(value) ?? []
  })
}

/** The jobs that a file defines, exported or not. */
function definedIn(file: string): RegisteredJob[] {
  if (!isAbsolute(file)) return []
  const names = [resolve(file), realpathSync(file)]
  return registeredJobs().filter((job) => names.includes(job.file))
}

/** Whether two registrations are of one job. Two loaders may each have loaded its file, and made a class of their own. */
function isSame(a: RegisteredJob, b: RegisteredJob): boolean {
  return a.target === b.target || (a.file === b.file && a.name === b.name && nameOf(a) === nameOf(b))
}

function nameOf({ target }: RegisteredJob): string {
  return typeof target === 'function' ? target.name : ''
}
