import { dirname, isAbsolute, resolve } from 'node:path'
import { InvalidSettingError, described } from '../errors.js'
import { Config } from '../model/config.js'
import { findConfigFile, readConfigFile } from './config-file.js'
import type { PulsarQueueOptions } from './options.js'
import type { SettingSource, SettingValues } from './setting-sources.js'
import { readCommandLine, readEnvironment, readObject } from './setting-sources.js'
import { MALFORMED } from './setting-kinds.js'
import { SETTING_BY_NAME } from './settings.js'

/** Where {@link loadConfig} looks. */
export interface ConfigSources {
  /** The command line, without program and script, unless `options.argv` gives one. Default: it is not read. */
  readonly argv?: readonly string[] | undefined
  /** Default: that of the process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** What the constructor was given. */
  readonly options?: PulsarQueueOptions | undefined
  /** Default: that of the process. */
  readonly cwd?: string | undefined
  /** Whether to look for a configuration file where none is named. Default true. */
  readonly findsFile?: boolean | undefined
}

interface Layer {
  readonly source: SettingSource
  readonly values: SettingValues
}

/**
 * Merges the settings by weight: command line, environment, constructor, configuration file, default.
 *
 * @param sources - where to look
 * @returns the settings in force: durations in ms, paths absolute
 * @throws {@link InvalidSettingError} for an unknown or malformed setting, naming its source
 */
export async function loadConfig(sources: ConfigSources = {}): Promise<Config> {
  const cwd = sources.cwd ?? process.cwd()
  const { container: _, argv: given = sources.argv ?? [], ...settings } = sources.options ?? {}
  const inCode: Layer[] = [
    { source: 'environment', values: readEnvironment(sources.env ?? process.env) },
    { source: 'constructor', values: readObject(settings, 'constructor') },
  ]
  const argv = lookUp(inCode, 'parseConsole')?.value === false ? [] : given
  const layers: Layer[] = [{ source: 'command line', values: readCommandLine(argv) }, ...inCode]
  const named = lookUp(layers, 'config')
  const isLookedFor = named !== null || sources.findsFile !== false
  const path = isLookedFor ? findConfigFile(cwd, named?.value as string | undefined, named?.source) : null
  if (path !== null) {
    const values = await readFileLayer(path)
    layers.push({ source: 'config file', values })
    if (lookUp(layers, 'parseConsole')?.value === false) layers.shift()
  }
  return assemble(layers, path, path === null ? cwd : dirname(path))
}

async function readFileLayer(path: string): Promise<SettingValues> {
  const values = readObject(await readConfigFile(path), 'config file')
  if (!values.has('config')) return values
  throw new InvalidSettingError('config', 'absent from a configuration file', path, 'config file')
}

function lookUp(
  layers: readonly Layer[],
  name: string,
): { readonly value: unknown; readonly source: SettingSource } | null {
  const layer = layers.find(({ values }) => values.has(name))
  return layer ? { value: layer.values.get(name), source: layer.source } : null
}

function assemble(layers: readonly Layer[], config: string | null, baseDirectory: string): Config {
  const values: Record<string, unknown> = {}
  for (const name of SETTING_BY_NAME.keys()) {
    const found = lookUp(layers, name)
    if (found) values[name] = found.value
  }
  const dataStore = resolveStore((values['dataStore'] as string | undefined) ?? new Config().dataStore, baseDirectory)
  const messageBroker = values['messageBroker'] as string | undefined
  const manifest = values['manifest'] as string | null | undefined
  const final: Record<string, unknown> = {
    ...values,
    dataStore,
    messageBroker: messageBroker === undefined ? dataStore : resolveStore(messageBroker, baseDirectory),
    manifest: typeof manifest !== 'string' ? null : resolve(baseDirectory, manifest),
    config,
    baseDirectory,
  }
  if (typeof final['concurrentTasks'] === 'function') final['concurrentTasks'] = callConcurrency(final, layers)
  return new Config(final)
}

function callConcurrency(values: Readonly<Record<string, unknown>>, layers: readonly Layer[]): unknown {
  const { concurrentTasks: given, ...others } = values
  const returned: unknown = (given as (config: Config) => unknown)(new Config(others))
  const kind = SETTING_BY_NAME.get('concurrentTasks')?.kind
  const value = kind?.read(returned)
  if (value !== MALFORMED && typeof value === 'number') return value
  const source = lookUp(layers, 'concurrentTasks')?.source ?? 'constructor'
  throw new InvalidSettingError(
    'concurrentTasks',
    'a function that returns a whole number of at least 1',
    described(returned),
    source,
  )
}

/** Makes the directory of an `embedded:` URL absolute, so that it means the same in every process. */
function resolveStore(url: string, baseDirectory: string): string {
  const match = /^embedded:(?!:memory:)(?:\/\/(?=[/.]))?([^?]*)(\?.*)?$/.exec(url)
  const directory = match?.[1]
  if (directory === undefined || isAbsolute(directory)) return url
  return `embedded:${resolve(baseDirectory, directory)}${match?.[2] ?? ''}`
}
