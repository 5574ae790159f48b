import { Command } from 'commander'
import { loadConfig } from '../settings/load-config.js'
import { UsageError } from './report-error.js'
import { SERVER_SETTINGS, addSettings, settingsArgv } from './setting-options.js'

const EXAMPLES = `
Examples:
  $ pq start                                       settings from pulsar.config.ts
  $ pq start -w 4 --task-queues fast,slow
  $ pq start --task-paths './jobs/**/*.js' --data-store redis://127.0.0.1:6379/0

SIGTERM or SIGINT (Ctrl+C): takes no new tasks, lets running ones finish within gracePeriod, exits with 0.`

/** `pq start`: serves the jobs until it is told to stop. */
export function startCommand(): Command {
  const command = new Command('start').description('run workers that consume the queues').addHelpText('after', EXAMPLES)
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
  // Loaded here, so that --help need not wait for it.
  const { PulsarQueue } = await import('../app/pulsar-queue.js')
  const app = new PulsarQueue({ argv })
  try {
    await app.start()
  } catch (error) {
    // What was connected before it failed would keep the process alive.
    await app.close()
    throw error
  }
}
