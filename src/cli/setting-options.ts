import type { Command } from 'commander'
import { Option } from 'commander'
import { defaultTextOf, flagOf } from '../settings/setting.js'
import type { NamedSetting, SettingName } from '../settings/settings.js'
import { NAMED_SETTINGS } from '../settings/settings.js'

/** The settings of commands that queue tasks or list jobs. */
export const PRODUCER_SETTINGS: readonly SettingName[] = [
  'config',
  'dataStore',
  'messageBroker',
  'messageSerializer',
  'taskPaths',
  'manifest',
  'name',
]

/** The settings of `pq start`: all but `parseConsole`, which is for programs that read the command line themselves. */
export const SERVER_SETTINGS: readonly SettingName[] = NAMED_SETTINGS.map(({ name }) => name).filter(
  (name) => name !== 'parseConsole',
)

/** Gives a command a flag for each of some settings. Commander only collects the values; `loadConfig` reads and checks them. */
export function addSettings(command: Command, names: readonly SettingName[]): Command {
  for (const setting of NAMED_SETTINGS) {
    if (!names.includes(setting.name) || setting.isCodeOnly === true) continue
    const flag = flagOf(setting.name)
    const { placeholder } = setting.kind
    const letter = setting.letter === undefined ? '' : `-${setting.letter}, `
    const option = new Option(`${letter}${flag}${placeholder === null ? '' : ` ${placeholder}`}`, helpOf(setting))
    option.helpGroup('Settings (also in pulsar.config.ts, and in the environment as PULSAR_<NAME>):')
    command.addOption(option.argParser((text: string, before: unknown) => collect(setting, text, before)))
    if (placeholder === null) command.addOption(new Option(flag.replace('--', '--no-')).hideHelp())
  }
  if (names.includes('dataStore')) command.option('--store <url>', 'URL of the store: the same as --data-store')
  return command
}

/** The sentence of a setting as the help of a command line shows it. */
function helpOf(setting: NamedSetting): string {
  return `${setting.doc.replaceAll('`', '').replace(/\.$/, '')} (default: ${defaultTextOf(setting)})`
}

/** Joins a list that is given twice. Of any other setting the last value counts. */
function collect({ kind }: NamedSetting, text: string, before: unknown): string {
  const isList = Array.isArray(kind.read(['x']))
  return isList && typeof before === 'string' ? `${before},${text}` : text
}

/**
 * The collected flags, as the command line that `loadConfig` reads.
 *
 * @param values - the options of the command; those that are no settings are left out. `store` is another name of `dataStore`
 */
export function settingsArgv({ store, ...values }: Readonly<Record<string, unknown>>): string[] {
  const given = store === undefined ? values : { ...values, dataStore: store }
  return NAMED_SETTINGS.flatMap(({ name }) => {
    const value = given[name]
    return typeof value === 'string' || typeof value === 'boolean' ? [`${flagOf(name)}=${String(value)}`] : []
  })
}
