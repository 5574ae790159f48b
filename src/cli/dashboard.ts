import { createInterface } from 'node:readline/promises'
import { Command } from 'commander'
import { openInBrowser } from './open-in-browser.js'
import { printJson } from './operator-command.js'
import { UsageError } from './report-error.js'
import type { HelpTexts } from './help-texts.js'
import { addHelpTexts } from './help-texts.js'
import { servedPlace, serveUntilSignal, TOKEN } from './serve-until-signal.js'
import { PRODUCER_SETTINGS, addSettings, settingsArgv } from './setting-options.js'

const DEFAULT_BIND = '127.0.0.1:8070'

const HELP: HelpTexts = {
  notes: [
    `Without a token it serves this machine alone. ${TOKEN} is the token with which visitors log in; it is needed at any other\n` +
      'address. A store that is away is waited for, and the page says so. SIGTERM or SIGINT (Ctrl+C) ends it.',
  ],
  examples: [
    ['Look at the queues of pulsar.config.ts', 'pq dashboard --open'],
    [
      'Look at those of another store, without changing anything',
      'pq dashboard --data-store redis://10.0.0.7:6379/0 --read-only',
    ],
    ['Serve colleagues', `${TOKEN}=$(openssl rand -hex 16) pq dashboard --bind 0.0.0.0:8070`],
    ['Print the hash of a password, for the option auth of app.dashboard()', 'pq dashboard --hash-password'],
  ],
  exitCodes: '0 stopped by a signal, 1 failure, 2 wrong usage.',
}

/** `pq dashboard`: serves the dashboard of a store until a signal stops it. */
export function dashboardCommand(): Command {
  const command = addHelpTexts(new Command('dashboard'), HELP)
    .description('Show the queues, their tasks and workers in a browser.')
    .option('--bind <host:port>', 'Where it listens', DEFAULT_BIND)
    .option('--read-only', 'Nobody can change anything')
    .option('--title <text>', 'Title of the page')
    .option('--environment <name>', 'Name beside the title, such as production')
    .option('--open', 'Open it in the browser of this machine')
    .option('--json', 'Print as JSON where it is')
    .option('--hash-password', 'Read a password from standard input, print its hash, and end')
  return addSettings(command, PRODUCER_SETTINGS).action(dashboard)
}

interface Flags {
  readonly bind: string
  readonly readOnly?: boolean
  readonly title?: string
  readonly environment?: string
  readonly open?: boolean
  readonly hashPassword?: boolean
  readonly json?: boolean
}

async function dashboard(flags: Flags & Readonly<Record<string, unknown>>): Promise<void> {
  if (flags.hashPassword === true) {
    await printHash()
    return
  }
  const { address, options } = servedPlace(flags.bind, DEFAULT_BIND, 'the dashboard')
  // Imported here, so that --help does not wait for it.
  const { PulsarQueue } = await import('../app/pulsar-queue.js')
  const app = new PulsarQueue({ argv: settingsArgv(flags) })
  try {
    const dashboard = app.dashboard({
      ...options,
      ...(flags.readOnly === true && { readOnly: true }),
      ...(flags.title !== undefined && { title: flags.title }),
      ...(flags.environment !== undefined && { environment: flags.environment }),
    })
    await serveUntilSignal(dashboard, address, 'the dashboard', (url) => {
      if (flags.json === true) printJson('dashboard', { url })
      else console.log(`The dashboard is at ${url}`)
      if (flags.open === true) openInBrowser(url)
    })
  } finally {
    await app.close()
  }
}

async function printHash(): Promise<void> {
  const { hashPassword } = await import('../dashboard/auth/passwords.js')
  const lines = createInterface({ input: process.stdin })
  if (process.stdin.isTTY) process.stderr.write('Password: ')
  for await (const line of lines) {
    console.log(await hashPassword(line))
    return
  }
  throw new UsageError('expected a password on standard input, got nothing')
}
