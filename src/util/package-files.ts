import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'

/**
 * Where this module is. Bundlers move it: in a bundle of theirs it has no address (esbuild, CommonJS), that of the bundle, or the
 * one that it had where the bundle was built (webpack). No other module asks for its address.
 */
const here: string | undefined = import.meta.url

/** URL of a file of this package, by its path below `lib`. Null: there is none, since the package was bundled. */
export function packageFile(path: string): URL | null {
  const root = typeof here === 'string' ? /^(file:.*\/)util\/package-files\.[jt]s$/.exec(here)?.[1] : undefined
  if (root === undefined) return null
  const file = new URL(path, root)
  return existsSync(file) ? file : null
}

/** The place from which this package resolves what it loads late. In a bundle: the working directory. */
export function packagePlace(): string {
  return packageFile('index.js')?.href ?? pathToFileURL(join(process.cwd(), 'package.json')).href
}

/**
 * The function `require` of a place: a file, or its URL. Bundlers know `createRequire` by its import, and would answer for it from
 * the bundle.
 */
export function requireAt(place: string): NodeJS.Require {
  return process.getBuiltinModule('node:module').createRequire(place)
}

/** Loads a package that bundlers must not see, such as one with native code. @throws what `require` throws */
export function requireFromPackage(name: string): unknown {
  return requireAt(packagePlace())(name)
}

/** Imports a package as `requireFromPackage` requires one. @returns null in a bundle: it has the modules that it needs */
export async function importFromPackage(name: string): Promise<object | null> {
  if (packageFile('index.js') === null) return null
  return (await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ name)) as object
}
