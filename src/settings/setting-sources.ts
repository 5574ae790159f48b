import { InvalidSettingError, described } from '../errors.js'
import { nearest } from '../util/nearest.js'
import { hidePassword } from '../util/hide-password.js'
import { MALFORMED } from './setting-kinds.js'
import type { Setting } from './settings.js'
import { SETTINGS, SETTING_BY_NAME, flagOf, variableOf } from './settings.js'

/** Where settings come from, as errors name it. */
export type SettingSource = 'command line' | 'environment' | 'constructor' | 'config file'

/** Checked values by the name of the setting; only those that were given. */
export type SettingValues = ReadonlyMap<string, unknown>

/**
 * Reads settings off an object: a constructor's options or a configuration file.
 *
 * @throws {@link InvalidSettingError} for an unknown or malformed one
 */
export function readObject(values: object, source: SettingSource): SettingValues {
  const read = new Map<string, unknown>()
  for (const [name, value] of Object.entries(values) as [string, unknown][]) {
    const setting = SETTING_BY_NAME.get(name)
    if (setting === undefined) throw unknown(name, name, source, nearest(name, [...SETTING_BY_NAME.keys()]))
    if (value !== undefined) read.set(name, checked(setting, value, source))
  }
  return read
}

/**
 * Reads `PULSAR_<NAME>` variables. One that is near the name of a setting but not it is taken for a typing error;
 * others are let alone, for `PULSAR_` is the prefix of other programs too.
 *
 * @throws {@link InvalidSettingError} for a mistyped or malformed one
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): SettingValues {
  const read = new Map<string, unknown>()
  const byVariable = new Map(SETTINGS.map((setting) => [variableOf(setting), setting]))
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
  if (meant !== null) throw unknown(variable, variable, 'environment', `PULSAR_${meant}`)
}

/**
 * Reads flags: `--workers 2`, `--workers=2`, `-w 2`, `-w2`, `--schedule-periodic`, `--no-schedule-periodic`. A list
 * that is given twice is one list.
 *
 * @param argv - without the program and its script
 * @throws {@link InvalidSettingError} for an unknown or malformed one
 */
export function readCommandLine(argv: readonly string[]): SettingValues {
  const read = new Map<string, unknown>()
  const rest = [...argv]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const { setting, attached, negated } = readFlag(word)
    const given = attached ?? (setting.placeholder === undefined ? String(!negated) : rest.shift())
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
  readonly setting: Setting
  readonly attached: string | undefined
  readonly negated: boolean
}

function readFlag(word: string): Flag {
  const short = /^-([a-z])(?:=?(.+))?$/i.exec(word)
  const byLetter = short && SETTINGS.find((setting) => setting.short === short[1])
  if (byLetter) return { setting: byLetter, attached: short[2], negated: false }
  const [flag = word, ...values] = word.split('=')
  const attached = values.length === 0 ? undefined : values.join('=')
  for (const setting of SETTINGS) {
    if (flag === flagOf(setting)) return { setting, attached, negated: false }
    const isSwitch = setting.placeholder === undefined
    if (isSwitch && attached === undefined && flag === flagOf(setting).replace('--', '--no-')) {
      return { setting, attached, negated: true }
    }
  }
  if (!flag.startsWith('-')) {
    const shown = hidePassword(word)
    throw new InvalidSettingError(shown, 'a flag such as --workers', described(shown), 'command line')
  }
  throw unknown(flag, word, 'command line', nearest(flag, SETTINGS.map(flagOf)))
}

function checked(setting: Setting, value: unknown, source: SettingSource): unknown {
  const read = setting.kind.read(value)
  if (read !== MALFORMED) return read
  // What was meant as a URL may hold a password, well-formed or not.
  const shown = typeof value === 'string' ? hidePassword(value) : value
  const received = setting.isSecret === true ? 'something else' : described(shown)
  throw new InvalidSettingError(setting.name, setting.kind.expected, received, source)
}

function unknown(name: string, received: string, source: SettingSource, meant: string | null): InvalidSettingError {
  const hint = meant === null ? 'see `pq start --help` for all of them' : `did you mean ${meant}?`
  return new InvalidSettingError(name, 'the name of a setting', described(hidePassword(received)), source, hint)
}
