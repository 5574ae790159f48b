import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Command } from 'commander'
import { DashboardAuthError } from '../errors.js'
import { isLoopback, readBindAddress } from '../settings/bind-address.js'
import { openInBrowser } from './open-in-browser.js'
import { UsageError } from './report-error.js'
import type { HelpTexts } from './help-texts.js'
import { addHelpTexts } from './help-texts.js'
import { PRODUCER_SETTINGS, addSettings, settingsArgv } from './setting-options.js'

/** The environment keeps a token out of the list of processes. */
const TOKEN = 'PULSAR_DASHBOARD_TOKEN'
const DEFAULT_BIND = '127.0.0.1:8070'

const HELP: HelpTexts = {
  notes: [
    `Without a token it serves this machine alone. ${TOKEN} is the token with which visitors log in; it is needed at any other\n` +
      'address. SIGTERM or SIGINT (Ctrl+C) ends it.',
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
}

async function dashboard(flags: Flags & Readonly<Record<string, unknown>>): Promise<void> {
  if (flags.hashPassword === true) {
    await printHash()
    return
  }
  const address = readBindAddress(flags.bind)
  if (address === null)
    throw new UsageError(`expected --bind to be host:port, such as ${DEFAULT_BIND}, got ${flags.bind}`)
  const token = process.env[TOKEN]
  if (token === undefined && !isLoopback(address.host)) {
    throw new DashboardAuthError(`a token in ${TOKEN} at an address that other machines reach`, `none at ${flags.bind}`)
  }
  // Imported here, so that --help does not wait for them.
  const { PulsarQueue } = await import('../app/pulsar-queue.js')
  const { serveDashboard } = await import('../dashboard/serve-dashboard.js')
  const app = new PulsarQueue({ argv: settingsArgv(flags) })
  try {
    const served = await serveDashboard(
      app.dashboard({
        ...(token !== undefined && { auth: { token } }),
        ...(flags.readOnly === true && { readOnly: true }),
        ...(flags.title !== undefined && { title: flags.title }),
        ...(flags.environment !== undefined && { environment: flags.environment }),
      }),
      address,
    )
    try {
      // A store that cannot be reached is told at once.
      await app.api().start()
      console.log(`The dashboard is at ${served.url}`)
      if (flags.open === true) openInBrowser(served.url)
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
    } finally {
      await served.close()
    }
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
