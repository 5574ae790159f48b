import { Command } from 'commander'
import type { Api } from '../api/api.js'
import type { Control } from '../operate/control.js'
import type { SettingName } from '../settings/settings.js'
import { toJson } from '../serializers/to-json.js'
import type { JsonOutputs } from './json-outputs.js'
import type { HelpTexts } from './help-texts.js'
import { printableJson } from './printable.js'
import { addHelpTexts } from './help-texts.js'
import { addSettings, settingsArgv } from './setting-options.js'

/** The settings of commands that look at queues or act on them: they need no jobs. */
const OPERATOR_SETTINGS: readonly SettingName[] = [
  'config',
  'dataStore',
  'messageBroker',
  'messageSerializer',
  'redact',
]

/** Flags that all of these commands have. */
export interface OperatorFlags extends Readonly<Record<string, unknown>> {
  readonly json?: boolean
  readonly store?: string
}

/** A command that looks at queues or acts on them. */
export function operatorCommand(name: string, description: string, help: HelpTexts): Command {
  const command = addHelpTexts(new Command(name), help)
    .description(description)
    .option('--json', 'Print JSON: a line for each entry of a list')
  return addSettings(command, OPERATOR_SETTINGS)
}

/** Runs a function with a connected api that needs no jobs, and disconnects in any case. */
export async function withControl<T>(
  flags: OperatorFlags,
  run: (control: Control, api: Api) => Promise<T>,
  needsJobs = false,
): Promise<T> {
  // Imported here, so that --help does not wait for it.
  const { PulsarQueue } = await import('../app/pulsar-queue.js')
  // What a command prints is its result: the log would stand in between.
  const quiet = { argv: settingsArgv(flags), logLevel: 'error' as const, consumers: [] }
  const app = new PulsarQueue(needsJobs ? quiet : { ...quiet, taskPaths: [] })
  try {
    const api = await app.api().start()
    return await run(api.control, api)
  } finally {
    await app.close()
  }
}

/** Prints what `--json` of a command says, as one line. */
export function printJson<C extends keyof JsonOutputs>(_command: C, value: JsonOutputs[C]): void {
  console.log(printableJson(toJson(value)))
}
