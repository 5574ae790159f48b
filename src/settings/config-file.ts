import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InvalidSettingError, described } from '../errors.js'
import { requireFromPackage } from '../util/package-files.js'
import { errorMessage } from '../util/thrown.js'

const NAMES = ['ts', 'mts', 'js', 'mjs', 'json'].map((extension) => `pulsar.config.${extension}`)

/**
 * Finds the configuration file.
 *
 * @param directory - the working directory
 * @param named - the setting `config`; undefined: look for a file of the usual names
 * @param source - the source of the setting
 * @returns the absolute path; null when no file is named and none is found
 * @throws {@link InvalidSettingError} when the named file does not exist
 */
export function findConfigFile(directory: string, named: string | undefined, source = 'default'): string | null {
  if (named === undefined) return NAMES.map((name) => join(directory, name)).find((path) => existsSync(path)) ?? null
  const path = resolve(directory, named)
  if (existsSync(path)) return path
  throw new InvalidSettingError('config', 'the path of a file', `${described(path)}, which does not exist`, source)
}

/**
 * Reads a configuration file: JSON, or a module whose default export is an object of settings.
 *
 * @param path - absolute
 * @throws {@link InvalidSettingError} when it cannot be loaded, or does not export an object
 */
export async function readConfigFile(path: string): Promise<object> {
  const exported = await load(path).catch((error: unknown) => {
    const reason = errorMessage(error)
    throw new InvalidSettingError('config', 'a file that loads', `${path}: ${reason}`, 'config file')
  })
  if (typeof exported === 'object' && exported !== null && !Array.isArray(exported)) return exported
  const received = `${described(exported)} from ${path}`
  throw new InvalidSettingError(
    'config',
    'a default export of settings',
    received,
    'config file',
    'export default defineConfig({ ... })',
  )
}

async function load(path: string): Promise<unknown> {
  const extension = extname(path)
  if (extension === '.json') return JSON.parse(await readFile(path, 'utf8')) as unknown
  if (extension === '.ts' || extension === '.mts' || extension === '.cts') {
    // Imported only here, so that producers with settings in code do not load it.
    const { createJiti } = requireFromPackage('jiti') as typeof import('jiti')
    return createJiti(pathToFileURL(path).href).import(path, { default: true })
  }
  const module = (await import(
    /* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ pathToFileURL(path).href
  )) as { default?: unknown }
  return module.default
}
