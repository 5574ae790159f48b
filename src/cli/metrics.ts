import { Command } from 'commander'
import type { Dashboard } from '../dashboard/create-dashboard.js'
import type { HelpTexts } from './help-texts.js'
import { addHelpTexts } from './help-texts.js'
import type { MetricsFormat } from '../operate/metrics/write-metrics.js'
import { printJson } from './operator-command.js'
import { printableLines } from './printable.js'
import { UsageError } from './report-error.js'
import { servedPlace, serveUntilSignal, TOKEN } from './serve-until-signal.js'
import { PRODUCER_SETTINGS, addSettings, settingsArgv } from './setting-options.js'

const HELP: HelpTexts = {
  notes: [
    'With --bind it serves /metrics, and /autoscale/<queue> for the metrics-api scaler of KEDA, until SIGTERM or SIGINT (Ctrl+C).\n' +
      `${TOKEN} is the bearer token that it asks for; it is needed at an address that other machines reach. While the store is away\n` +
      'it answers 503, and goes on by itself when the store is there.',
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
    .option('--json', 'Print JSON: a line for each metric; with --bind, where they are')
  return addSettings(command, PRODUCER_SETTINGS).action(metrics)
}

interface Flags extends Readonly<Record<string, unknown>> {
  readonly openmetrics?: boolean
  readonly bind?: string
  readonly json?: boolean
}

async function metrics(flags: Flags): Promise<void> {
  if (flags.json === true && flags.openmetrics === true)
    throw new UsageError('expected one of --json and --openmetrics, got both')
  const place = flags.bind === undefined ? null : servedPlace(flags.bind, '127.0.0.1:9464', 'the server of the metrics')
  // Imported here, so that --help does not wait for it.
  const { PulsarQueue } = await import('../app/pulsar-queue.js')
  const app = new PulsarQueue({ argv: settingsArgv(flags), ...(place === null && { logLevel: 'error' as const }) })
  try {
    if (place === null) {
      const { control } = await app.api().start()
      const text = await control.metrics({ format: formatOf(flags) })
      // A scraper gets names as they are; a terminal would obey some of their characters.
      process.stdout.write(process.stdout.isTTY ? printableLines(text) : text)
      return
    }
    const monitoring = monitoringOf(app.dashboard({ ...place.options, readOnly: true }))
    await serveUntilSignal(monitoring, place.address, 'the metrics', (url) => {
      if (flags.json === true) printJson('metrics --bind', { url: `${url}/metrics` })
      else console.log(`The metrics are at ${url}/metrics`)
    })
  } finally {
    await app.close()
  }
}

function formatOf({ json, openmetrics }: Flags): MetricsFormat {
  if (json === true) return 'json'
  return openmetrics === true ? 'openmetrics' : 'prometheus'
}

/** Of the dashboard only what monitoring asks for. */
function monitoringOf(dashboard: Dashboard): Dashboard {
  const fetch = async (request: Request): Promise<Response> =>
    /^\/(?:metrics|autoscale\/[^/]+)$/.test(new URL(request.url).pathname)
      ? await dashboard(request)
      : new Response('there are /metrics and /autoscale/<queue>\n', { status: 404 })
  const { express, fastify, start, close } = dashboard
  return Object.assign(fetch, { express, fastify, start, close })
}
