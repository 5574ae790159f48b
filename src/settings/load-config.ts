import { dirname, isAbsolute, resolve } from 'node:path'
import { InvalidSettingError, described } from '../errors.js'
import { Config } from '../model/config.js'
import { findConfigFile, readConfigFile } from './config-file.js'
import type { PulsarQueueOptions } from './options.js'
import type { CountFunction } from './setting-kinds.js'
import type { SettingSource, SettingValues } from './setting-sources.js'
import { readCommandLine, readEnvironment, readObject } from './setting-sources.js'
import { MALFORMED } from './setting-kinds.js'
import type { GivenValues, SettingName } from './settings.js'
import { NAMED_SETTINGS, SETTINGS, TASKS_AT_ONCE } from './settings.js'
import { unawaited } from '../util/unawaited.js'

/** The sources that {@link loadConfig} reads. */
export interface ConfigSources {
  /** The command line without program and script. `options.argv` replaces it. Default: none is read. */
  readonly argv?: readonly string[] | undefined
  /** The environment. Default: that of the process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** The options of the constructor. */
  readonly options?: PulsarQueueOptions | undefined
  /** The working directory. Default: that of the process. */
  readonly cwd?: string | undefined
  /** Whether to look for a configuration file where the settings name none. Default true. */
  readonly findsFile?: boolean | undefined
}

interface Layer {
  readonly source: SettingSource
  readonly values: SettingValues
}

/**
 * Merges the settings. In order of precedence: command line, environment, constructor, configuration file, default.
 *
 * @param sources - the sources to read
 * @returns the settings in force: durations in ms, paths absolute
 * @throws {@link InvalidSettingError} for an unknown or malformed setting; it names the source
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
  return mergeConfig(layers, path, path === null ? cwd : dirname(path))
}

async function readFileLayer(path: string): Promise<SettingValues> {
  const values = readObject(await readConfigFile(path), 'config file')
  if (!values.has('config')) return values
  throw new InvalidSettingError('config', 'absent from a configuration file', path, 'config file')
}

function lookUp(
  layers: readonly Layer[],
  name: SettingName,
): { readonly value: unknown; readonly source: SettingSource } | null {
  const layer = layers.find(({ values }) => values.has(name))
  return layer ? { value: layer.values.get(name), source: layer.source } : null
}

/** The settings that were given, each from the source that takes precedence. */
function merge(layers: readonly Layer[]): GivenValues {
  const entries = NAMED_SETTINGS.flatMap(({ name }) => {
    const found = lookUp(layers, name)
    return found ? [[name, found.value] as const] : []
  })
  // The kind of each setting has checked its value.
  return Object.fromEntries(entries)
}

function mergeConfig(layers: readonly Layer[], config: string | null, baseDirectory: string): Config {
  const { concurrentTasks = SETTINGS.concurrentTasks.default, ...given } = merge(layers)
  const { dataStore: url = SETTINGS.dataStore.default, messageBroker, manifest = null } = given
  const dataStore = resolveStore(url, baseDirectory)
  const values: Partial<Config> = {
    ...given,
    dataStore,
    messageBroker: messageBroker === undefined ? dataStore : resolveStore(messageBroker, baseDirectory),
    handleSignals: given.handleSignals ?? given.workers !== 0,
    manifest: manifest === null ? null : resolve(baseDirectory, manifest),
    config,
    baseDirectory,
  }
  const count =
    typeof concurrentTasks === 'function' ? callCount(concurrentTasks, new Config(values), layers) : concurrentTasks
  return new Config({ ...values, concurrentTasks: count })
}

function callCount(given: CountFunction, config: Config, layers: readonly Layer[]): number {
  const returned: unknown = unawaited(given(config))
  const value = TASKS_AT_ONCE.read(returned)
  if (value !== MALFORMED) return value
  const source = lookUp(layers, 'concurrentTasks')?.source ?? 'constructor'
  const expected = `a function that returns ${TASKS_AT_ONCE.expected}`
  throw new InvalidSettingError('concurrentTasks', expected, described(returned), source)
}

/** Makes the directory of an `embedded:` URL absolute, so that it means the same in every process. */
function resolveStore(url: string, baseDirectory: string): string {
  const match = /^embedded:(?!:memory:)(?:\/\/(?=[/.]))?([^?]*)(\?.*)?$/.exec(url)
  const directory = match?.[1]
  if (directory === undefined || isAbsolute(directory)) return url
  return `embedded:${resolve(baseDirectory, directory)}${match?.[2] ?? ''}`
}
