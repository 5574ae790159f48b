import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Manifest } from '../../model/manifest.js'
import { checkManifest } from '../arguments/check-manifest.js'
import { withoutExtension } from '../../util/without-extension.js'
import type { RegisteredJob } from '../define/registry.js'
import { readManifest } from './read-manifest.js'

/** What tells of the arguments of a job: the manifest that lists it, and where that stands. */
export interface ManifestOfJob {
  readonly manifest: Manifest
  /** Path of the file, for errors. */
  readonly path: string
}

/**
 * Finds the manifests that `pq generate` has left beside jobs: files such as `client.generated.ts`, or what a compiler made of
 * them, in the directory of a job's file or in one above it, up to the root of its package. Made when an app loads its
 * jobs; each directory is read once.
 */
export class ManifestFinder {
  readonly #directories = new Map<string, readonly ManifestOfJob[]>()

  /** @returns the nearest manifest that lists the job of this very file; null for none */
  find({ name, file }: RegisteredJob): ManifestOfJob | null {
    if (!isAbsolute(file)) return null
    // A compiled job is told of by a compiled file: the source beside it may be newer.
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

/** Whether a manifest was made of the file that a job stands in: another package may have a job of that name. */
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

/** Whether a directory is that of a package. A package.json may also do no more than set the type of the modules below it. */
export function isRoot(directory: string): boolean {
  if (dirname(directory) === directory || existsSync(join(directory, 'node_modules'))) return true
  try {
    const { name } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { readonly name?: unknown }
    return typeof name === 'string'
  } catch {
    return false
  }
}
