import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { typescriptLoader } from './typescript-loader.js'

const TYPESCRIPT = /\.[cm]?ts$/

/**
 * Imports a module: JavaScript by Node itself, TypeScript through jiti, with decorator metadata and without a second
 * copy of this package.
 *
 * @param file - an absolute path, or the name of a package
 * @param from - the directory from which a package is looked up
 */
export async function importModule(file: string, from: string): Promise<object> {
  if (TYPESCRIPT.test(file)) return await (await typescriptLoader(file)).import(file)
  if (/^(?:\/|[A-Za-z]:[\\/])/.test(file)) return (await import(pathToFileURL(file).href)) as object
  // A package is the application's own, unless the application has none of that name and this package does.
  const resolved = resolvePackage(file, from)
  return (await import(resolved === null ? file : pathToFileURL(resolved).href)) as object
}

function resolvePackage(name: string, from: string): string | null {
  try {
    return createRequire(join(from, 'package.json')).resolve(name)
  } catch {
    return null
  }
}
