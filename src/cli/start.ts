import { Command } from 'commander'
import { loadConfig } from '../settings/load-config.js'
import type { HelpTexts } from './help-texts.js'
import { addHelpTexts } from './help-texts.js'
import { UsageError } from './report-error.js'
import { SERVER_SETTINGS, addSettings, settingsArgv } from './setting-options.js'

const HELP: HelpTexts = {
  notes: [
    'SIGTERM or SIGINT (Ctrl+C): workers claim no more tasks, running tasks get the grace period to finish, and pq exits with\n' +
      '0. A second signal ends the grace period. SIGHUP replaces the worker processes one after the other.',
  ],
  examples: [
    ['Take all settings from pulsar.config.ts', 'pq start'],
    ['Consume two queues with four worker processes', 'pq start --workers 4 --task-queues fast,slow'],
    ['Without a configuration file', "pq start --task-paths './jobs/**/*.js' --data-store redis://127.0.0.1:6379/0"],
  ],
  exitCodes: '0 stopped by a signal, 1 failure, 2 wrong usage or no jobs found.',
}

/** `pq start`: runs workers until a signal stops them. */
export function startCommand(): Command {
  const command = addHelpTexts(new Command('start'), HELP).description('Run workers that consume the queues.')
  return addSettings(command, SERVER_SETTINGS).action(start)
}

async function start(values: Readonly<Record<string, unknown>>): Promise<void> {
  const argv = settingsArgv(values)
  const { taskPaths } = await loadConfig({ argv })
  if (taskPaths.length === 0) {
    throw new UsageError(
      "there are no jobs to run: set taskPaths in pulsar.config.ts, or --task-paths './jobs/**/*.js'",
    )
  }
  // Imported here, so that --help does not wait for it.
  const { PulsarQueue } = await import('../app/pulsar-queue.js')
  const app = new PulsarQueue({ argv, handleSignals: true })
  try {
    await app.start()
  } catch (error) {
    // A connection that was opened before the failure would keep the process alive.
    await app.close()
    throw error
  }
}
