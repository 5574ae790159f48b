import { once } from 'node:events'
import { Command } from 'commander'
import type { Dashboard } from '../dashboard/create-dashboard.js'
import { DashboardAuthError } from '../errors.js'
import { isLoopback, readBindAddress } from '../settings/bind-address.js'
import type { HelpTexts } from './help-texts.js'
import { addHelpTexts } from './help-texts.js'
import { UsageError } from './report-error.js'
import { PRODUCER_SETTINGS, addSettings, settingsArgv } from './setting-options.js'

/** The environment keeps a token out of the list of processes. */
const TOKEN = 'PULSAR_DASHBOARD_TOKEN'

const HELP: HelpTexts = {
  notes: [
    'With --bind it serves /metrics, and /autoscale/<queue> for the metrics-api scaler of KEDA, until SIGTERM or SIGINT (Ctrl+C).\n' +
      `${TOKEN} is the bearer token that it asks for; it is needed at an address that other machines reach.`,
  ],
  examples: [
    ['Print them once', 'pq metrics'],
    ['Serve them for a Prometheus of this machine', 'pq metrics --bind 127.0.0.1:9464'],
  ],
  exitCodes: '0 success or stopped by a signal, 1 failure, 2 wrong usage.',
}

/** `pq metrics`: prints the metrics of the store once, or serves them until a signal stops it. */
export function metricsCommand(): Command {
  const command = addHelpTexts(new Command('metrics'), HELP)
    .description('Print the metrics of the store for Prometheus, or serve them.')
    .option('--openmetrics', 'Print the format of OpenMetrics')
    .option('--bind <host:port>', 'Serve them there')
    .option('--store <url>', 'URL of the store: the same as --data-store')
  return addSettings(command, PRODUCER_SETTINGS).action(metrics)
}

interface Flags extends Readonly<Record<string, unknown>> {
  readonly openmetrics?: boolean
  readonly bind?: string
  readonly store?: string
}

async function metrics(flags: Flags): Promise<void> {
  const store = flags.store === undefined ? [] : [`--data-store=${flags.store}`]
  // Imported here, so that --help does not wait for it.
  const { PulsarQueue } = await import('../app/pulsar-queue.js')
  const app = new PulsarQueue({
    argv: [...settingsArgv(flags), ...store],
    ...(flags.bind === undefined && { logLevel: 'error' as const }),
  })
  try {
    if (flags.bind !== undefined) {
      await serve(app.dashboard(optionsAt(flags.bind)), flags.bind, async () => await app.api().start())
      return
    }
    const { control } = await app.api().start()
    process.stdout.write(await control.metrics({ format: flags.openmetrics === true ? 'openmetrics' : 'prometheus' }))
  } finally {
    await app.close()
  }
}

function optionsAt(bind: string): { readonly auth?: { readonly token: string }; readonly readOnly: true } {
  const address = readBindAddress(bind)
  if (address === null) throw new UsageError(`expected --bind to be host:port, such as 127.0.0.1:9464, got ${bind}`)
  const token = process.env[TOKEN]
  if (token === undefined && !isLoopback(address.host)) {
    throw new DashboardAuthError(`a token in ${TOKEN} at an address that other machines reach`, `none at ${bind}`)
  }
  return { readOnly: true, ...(token !== undefined && { auth: { token } }) }
}

/** Of the dashboard only what monitoring asks for. */
async function serve(dashboard: Dashboard, bind: string, connect: () => Promise<unknown>): Promise<void> {
  const address = readBindAddress(bind)
  if (address === null) return
  const { serveDashboard } = await import('../dashboard/serve-dashboard.js')
  const fetch = async (request: Request): Promise<Response> =>
    /^\/(?:metrics|autoscale\/[^/]+)$/.test(new URL(request.url).pathname)
      ? await dashboard(request)
      : new Response('there are /metrics and /autoscale/<queue>\n', { status: 404 })
  const { express, fastify, close } = dashboard
  const served = await serveDashboard(Object.assign(fetch, { express, fastify, close }), address)
  try {
    await connect()
    console.log(`The metrics are at ${served.url}/metrics`)
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  } finally {
    await served.close()
  }
}
