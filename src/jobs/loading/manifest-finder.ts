import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Manifest } from '../../model/manifest.js'
import { checkManifest } from '../arguments/check-manifest.js'
import type { RegisteredJob } from '../define/registry.js'
import { readManifest } from './read-manifest.js'

/** The manifest that lists a job, and the file that contains it. */
export interface ManifestOfJob {
  readonly manifest: Manifest
  /** Path of the file, for errors. */
  readonly path: string
}

/**
 * Finds the manifests that `pq generate` wrote beside jobs. They are in files such as `client.generated.ts`, or in the
 * JavaScript compiled from them. The search begins in the directory of the job's file and goes up to the root of its package.
 * Created when an app loads its jobs. Each directory is read once.
 */
export class ManifestFinder {
  readonly #directories = new Map<string, readonly ManifestOfJob[]>()

  /** @returns the nearest manifest that lists the job under its name and file; null where there is none */
  find({ name, file }: RegisteredJob): ManifestOfJob | null {
    if (!isAbsolute(file)) return null
    // A compiled job belongs to a compiled manifest: the TypeScript beside it may be newer.
    const pattern = /\.[cm]?tsx?$/.test(file) ? /\.generated\.[cm]?tsx?$/ : /\.generated\.[cm]?jsx?$/
    for (let directory = dirname(file); ; directory = dirname(directory)) {
      for (const found of this.#manifestsIn(directory, pattern)) if (isListed(found, name, file)) return found
      if (isRoot(directory)) return null
    }
  }

  #manifestsIn(directory: string, pattern: RegExp): readonly ManifestOfJob[] {
    const key = `${pattern.source} ${directory}`
    const known = this.#directories.get(key)
    if (known) return known
    const found = namesIn(directory)
      .filter((name) => pattern.test(name))
      .flatMap((name) => manifestOf(join(directory, name)))
    this.#directories.set(key, found)
    return found
  }
}

/** Whether a manifest was made from the job's own file. A manifest of another package may list another job of that name. */
function isListed({ manifest, path }: ManifestOfJob, name: string, file: string): boolean {
  const source = Object.hasOwn(manifest.jobs, name) ? manifest.jobs[name]?.file : undefined
  return source !== undefined && resolve(dirname(path), source) === withoutExtension(file)
}

function manifestOf(path: string): ManifestOfJob[] {
  const text = readFileSync(path, 'utf8')
  const manifest = text.includes('manifest') ? readManifest(text) : null
  return manifest === null ? [] : [{ manifest: checkManifest(manifest, path), path }]
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort()
  } catch {
    return []
  }
}

/** Whether a directory is the root of a package. A package.json without a name may only set a `type` for its directory. */
export function isRoot(directory: string): boolean {
  if (dirname(directory) === directory || existsSync(join(directory, 'node_modules'))) return true
  try {
    const { name } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { readonly name?: unknown }
    return typeof name === 'string'
  } catch {
    return false
  }
}

/** The path of a script without its extension, which is the same before and after compilation. */
export function withoutExtension(path: string): string {
  return path.replace(/\.[cm]?[jt]sx?$/, '')
}
