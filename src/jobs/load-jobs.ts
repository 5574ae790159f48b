import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { glob, isDynamicPattern } from 'tinyglobby'
import { InvalidSettingError, JobLoadError } from '../errors.js'
import { importModule } from './import-module.js'
import type { RegisteredJob } from './registry.js'
import { loadingFile, registeredJob } from './registry.js'

const IGNORED = [
  '**/node_modules/**',
  '**/*.d.ts',
  '**/*.d.mts',
  '**/*.d.cts',
  '**/*.map',
  '**/*.spec.*',
  '**/*.test.*',
]

/**
 * Loads job files.
 *
 * @param taskPaths - globs, file URLs, or names of packages such as `pulsar-queue/jobs`
 * @param baseDirectory - what relative globs count from
 * @returns the jobs that those files export or define, each once
 * @throws {@link JobLoadError} with path and cause; {@link InvalidSettingError} for a path that finds nothing
 */
export async function loadJobs(taskPaths: readonly string[], baseDirectory: string): Promise<RegisteredJob[]> {
  const files = new Set<string>()
  for (const path of taskPaths) for (const file of await filesOf(path, baseDirectory)) files.add(file)
  const jobs = new Map<object, RegisteredJob>()
  for (const file of files) {
    const module = await load(file, baseDirectory)
    for (const exported of exportsOf(module)) {
      const job = registeredJob(exported)
      if (job) jobs.set(exported, job)
    }
  }
  return [...jobs.values()]
}

async function filesOf(path: string, baseDirectory: string): Promise<string[]> {
  if (path.startsWith('file:')) return await filesOf(fileURLToPath(path), baseDirectory)
  if (isPackage(path)) return [path]
  const absolute = resolve(baseDirectory, path).replaceAll('\\', '/')
  const found = isDynamicPattern(absolute)
    ? await glob(absolute, { absolute: true, ignore: IGNORED })
    : await glob([absolute], { absolute: true })
  if (found.length > 0) return found.sort()
  throw new InvalidSettingError(
    'taskPaths',
    'globs that find job files',
    JSON.stringify(path),
    'settings',
    `nothing matches below ${baseDirectory}`,
  )
}

function isPackage(path: string): boolean {
  return (
    /^(?:@[\w.-]+\/)?[a-z][\w.-]*(?:\/[\w.-]+)*$/.test(path) && !/\.[cm]?[jt]s$/.test(path) && !path.startsWith('.')
  )
}

async function load(file: string, baseDirectory: string): Promise<object> {
  try {
    return await loadingFile(file, async () => await importModule(file, baseDirectory))
  } catch (error) {
    throw new JobLoadError(file, error)
  }
}

/** What a module exports; of CommonJS modules, what its `module.exports` has. */
function exportsOf(module: object): object[] {
  const values: unknown[] = Object.values(module)
  const inner: unknown = 'default' in module ? module.default : undefined
  if (typeof inner === 'object' && inner !== null) values.push(...(Object.values(inner) as unknown[]))
  return values.filter(
    (value): value is object => (typeof value === 'object' && value !== null) || typeof value === 'function',
  )
}

/** The URL of a file, as `import()` wants it. */
export function importTarget(file: string): string {
  return file.startsWith('/') || /^[A-Za-z]:[\\/]/.test(file) ? pathToFileURL(file).href : file
}
