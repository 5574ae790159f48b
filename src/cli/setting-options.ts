import type { Command } from 'commander'
import { Option } from 'commander'
import type { PulsarQueueSettings } from '../settings/options.js'
import type { Setting } from '../settings/settings.js'
import { SETTINGS, flagOf } from '../settings/settings.js'

type SettingName = keyof PulsarQueueSettings

/** The settings that a command which queues or lists needs. */
export const PRODUCER_SETTINGS: readonly SettingName[] = [
  'config',
  'dataStore',
  'messageBroker',
  'messageSerializer',
  'taskPaths',
  'manifest',
  'name',
]

/** Every setting but the one that is about programs which read the command line themselves. */
export const SERVER_SETTINGS = SETTINGS.map(({ name }) => name).filter((name) => name !== 'parseConsole')

/** Gives a command a flag for each of some settings. Commander only collects them: `loadConfig` reads and checks. */
export function addSettings(command: Command, names: readonly SettingName[]): Command {
  const group = 'Settings (also in pulsar.config.ts and as PULSAR_<NAME>):'
  for (const setting of SETTINGS) {
    if (!names.includes(setting.name)) continue
    const letter = setting.short === undefined ? '' : `-${setting.short}, `
    const value = setting.placeholder === undefined ? '' : ` ${setting.placeholder}`
    const doc = `${setting.doc} (default: ${setting.shown})`
    const option = new Option(`${letter}${flagOf(setting)}${value}`, doc).helpGroup(group)
    command.addOption(option.argParser((text: string, before: unknown) => collect(setting, text, before)))
    if (setting.placeholder === undefined) {
      command.addOption(new Option(flagOf(setting).replace('--', '--no-')).hideHelp())
    }
  }
  return command
}

/** A flag that is given twice makes one list; of anything else the last counts. */
function collect(setting: Setting, text: string, before: unknown): string {
  const isList = Array.isArray(setting.kind.read(['x']))
  return isList && typeof before === 'string' ? `${before},${text}` : text
}

/**
 * The collected flags, as the command line that `loadConfig` reads.
 *
 * @param values - the options of the command; others among them are left out
 */
export function settingsArgv(values: Readonly<Record<string, unknown>>): string[] {
  return SETTINGS.flatMap((setting) => {
    const value = values[setting.name]
    return typeof value === 'string' || typeof value === 'boolean' ? [`${flagOf(setting)}=${String(value)}`] : []
  })
}
