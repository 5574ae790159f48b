import { InvalidSettingError, described } from '../errors.js'
import { didYouMean } from '../util/did-you-mean.js'
import { nearest } from '../util/nearest.js'
import { hidePassword } from '../util/hide-password.js'
import { MALFORMED } from './setting-kinds.js'
import { flagOf, variableOf } from './setting.js'
import type { NamedSetting, SettingName } from './settings.js'
import { NAMED_SETTINGS, findSetting } from './settings.js'

/** A source of settings, as errors name it. */
export type SettingSource = 'command line' | 'environment' | 'constructor' | 'config file'

/** Checked values by the name of the setting; only those that were given. */
export type SettingValues = ReadonlyMap<SettingName, unknown>

/**
 * Reads the settings in an object: the options of a constructor, or a configuration file.
 *
 * @throws {@link InvalidSettingError} for an unknown or malformed setting
 */
export function readObject(values: object, source: SettingSource): SettingValues {
  const read = new Map<SettingName, unknown>()
  for (const [name, value] of Object.entries(values) as [string, unknown][]) {
    const setting = findSetting(name)
    if (setting === undefined) throw unknown(name, name, source, NAMED_SETTINGS.map(nameOf))
    if (value !== undefined) read.set(setting.name, checked(setting, value, source))
  }
  return read
}

/**
 * Reads the variables `PULSAR_<NAME>`. A variable whose name is close to that of a setting is taken for a typing error. Others
 * are ignored, because other programs use the prefix `PULSAR_` too.
 *
 * @throws {@link InvalidSettingError} for a mistyped name or a malformed value
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): SettingValues {
  const read = new Map<SettingName, unknown>()
  const byVariable = new Map(NAMED_SETTINGS.map((setting) => [variableOf(setting.name), setting]))
  for (const [variable, value] of Object.entries(env)) {
    if (value === undefined || !variable.startsWith('PULSAR_')) continue
    const setting = byVariable.get(variable)
    if (setting !== undefined) read.set(setting.name, checked(setting, setting.kind.fromText(value), 'environment'))
    else rejectMistyped(variable, [...byVariable.keys()])
  }
  return read
}

function rejectMistyped(variable: string, known: readonly string[]): void {
  const bare = (name: string): string => name.slice('PULSAR_'.length)
  const meant = nearest(bare(variable), known.map(bare))
  if (meant !== null) throw unknown(variable, variable, 'environment', [`PULSAR_${meant}`])
}

/**
 * Reads the flags of a command line: `--workers 2`, `--workers=2`, `-w 2`, `-w2`, `--schedule-periodic`,
 * `--no-schedule-periodic`. A list that is given twice is joined to one.
 *
 * @param argv - the command line without program and script
 * @throws {@link InvalidSettingError} for an unknown flag or a malformed value
 */
export function readCommandLine(argv: readonly string[]): SettingValues {
  const read = new Map<SettingName, unknown>()
  const rest = [...argv]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const { setting, attached, negated } = readFlag(word)
    const given = attached ?? (isSwitch(setting) ? String(!negated) : rest.shift())
    if (given === undefined) {
      throw new InvalidSettingError(setting.name, setting.kind.expected, 'nothing', 'command line')
    }
    const value = checked(setting, setting.kind.fromText(given), 'command line')
    const before = read.get(setting.name)
    read.set(
      setting.name,
      Array.isArray(before) && Array.isArray(value) ? [...(before as unknown[]), ...(value as unknown[])] : value,
    )
  }
  return read
}

interface Flag {
  readonly setting: NamedSetting
  readonly attached: string | undefined
  readonly negated: boolean
}

function readFlag(word: string): Flag {
  const short = /^-([a-z])(?:=?(.+))?$/i.exec(word)
  const byLetter = short && NAMED_SETTINGS.find(({ letter }) => letter === short[1])
  if (byLetter) return { setting: byLetter, attached: short[2], negated: false }
  const [flag = word, ...values] = word.split('=')
  const attached = values.length === 0 ? undefined : values.join('=')
  for (const setting of NAMED_SETTINGS) {
    if (flag === flagOf(setting.name)) return { setting, attached, negated: false }
    const negation = flagOf(setting.name).replace('--', '--no-')
    if (isSwitch(setting) && attached === undefined && flag === negation) return { setting, attached, negated: true }
  }
  if (!flag.startsWith('-')) {
    const shown = hidePassword(word)
    throw new InvalidSettingError(shown, 'a flag such as --workers', described(shown), 'command line')
  }
  throw unknown(flag, word, 'command line', NAMED_SETTINGS.map(nameOf).map(flagOf))
}

function isSwitch({ kind }: NamedSetting): boolean {
  return kind.placeholder === null
}

function nameOf({ name }: NamedSetting): string {
  return name
}

function checked(setting: NamedSetting, value: unknown, source: SettingSource): unknown {
  const read = setting.kind.read(value)
  if (read !== MALFORMED) return read
  // A URL may hold a password, and a malformed one too.
  const received = setting.isSecret === true ? 'something else' : receivedBy(setting, value)
  throw new InvalidSettingError(setting.name, setting.kind.expected, received, source)
}

/** The value, or the entry of a list that does not fit and its place. */
function receivedBy({ kind }: NamedSetting, value: unknown): string {
  if (kind.describeFault) return kind.describeFault(value)
  const shown = (part: unknown): string => described(typeof part === 'string' ? hidePassword(part) : part)
  const wrong = Array.isArray(value) ? (kind.wrongEntry?.(value) ?? -1) : -1
  if (!Array.isArray(value) || wrong < 0) return shown(value)
  return `${shown(value[wrong])} as entry ${String(wrong + 1)} of ${String(value.length)}`
}

function unknown(name: string, received: string, source: SettingSource, names: readonly string[]): InvalidSettingError {
  const hint = didYouMean(name, names, 'see `pq start --help` for all of them')
  return new InvalidSettingError(name, 'the name of a setting', described(hidePassword(received)), source, hint)
}
