import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { requireAt } from '../../util/package-files.js'
import { typescriptLoader } from './typescript-loader.js'

const TYPESCRIPT = /\.[cm]?ts$/

/**
 * Imports a module. Node imports JavaScript itself. jiti imports TypeScript, with decorator metadata, and gives it the copy
 * of this package that is already loaded.
 *
 * @param file - an absolute path, or the name of a package
 * @param from - the directory from which a package is resolved
 */
export async function importModule(file: string, from: string): Promise<object> {
  if (TYPESCRIPT.test(file)) return await typescriptLoader(file).import(file)
  if (/^(?:\/|[A-Za-z]:[\\/])/.test(file))
    return (await import(
      /* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ pathToFileURL(file).href
    )) as object
  // The application's own packages come first; then those that this package can resolve, such as itself.
  const resolved = resolvePackage(file, from)
  const place = resolved === null ? file : pathToFileURL(resolved).href
  return (await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ place)) as object
}

function resolvePackage(name: string, from: string): string | null {
  try {
    return requireAt(join(from, 'package.json')).resolve(name)
  } catch {
    return null
  }
}
