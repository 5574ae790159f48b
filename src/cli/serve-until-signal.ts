import { once } from 'node:events'
import type { Dashboard } from '../dashboard/create-dashboard.js'
import type { DashboardOptions } from '../dashboard/options.js'
import { DashboardAuthError, isPulsarError } from '../errors.js'
import type { BindAddress } from '../settings/bind-address.js'
import { isLoopback, readBindAddress } from '../settings/bind-address.js'
import { printable } from './printable.js'
import { pause } from '../util/timers.js'
import { ExitCode, UsageError } from './report-error.js'

/** The environment keeps a token out of the list of processes. */
export const TOKEN = 'PULSAR_DASHBOARD_TOKEN'

/** Where a command serves, and who may look. */
export interface ServedPlace {
  readonly address: BindAddress
  readonly options: Pick<DashboardOptions, 'auth'>
}

/**
 * Reads `--bind`, and the token of the environment.
 *
 * @param served - what it is, as errors name it: `the dashboard`
 * @throws {@link UsageError}; {@link DashboardAuthError} where strangers would be let in
 */
export function servedPlace(bind: string, example: string, served: string): ServedPlace {
  const address = readBindAddress(bind)
  if (address === null) throw new UsageError(`expected --bind to be host:port, such as ${example}, got ${bind}`)
  const token = process.env[TOKEN]
  if (token !== undefined) return { address, options: { auth: { token } } }
  if (isLoopback(address.host)) return { address, options: {} }
  throw new DashboardAuthError(
    `a token in ${TOKEN} at an address that other machines reach`,
    `none at ${bind}; set it, such as to $(openssl rand -hex 16), or bind to 127.0.0.1`,
    served,
  )
}

/**
 * Serves a dashboard until SIGINT or SIGTERM. A store that is away is waited for: what is served says so meanwhile.
 *
 * @param served - what it is: `the dashboard`, `the metrics`
 * @param serving - called with the URL
 */
export async function serveUntilSignal(
  dashboard: Dashboard,
  address: BindAddress,
  served: string,
  serving: (url: string) => void,
): Promise<void> {
  // Imported here, so that --help does not wait for it.
  const { serveDashboard } = await import('../dashboard/serve-dashboard.js')
  const server = await serveDashboard(dashboard, address, served)
  const connection = { isTried: true }
  const over = new AbortController()
  try {
    const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
    serving(server.url)
    await Promise.race([
      ended,
      connect(dashboard).finally(() => {
        connection.isTried = false
      }),
    ])
    if (!connection.isTried) void connectLater(dashboard, over.signal)
    await ended
  } finally {
    over.abort()
    await server.close()
  }
  // A connection that is being tried has nothing to save, and need not be waited for.
  if (connection.isTried) process.exit(ExitCode.ok)
}

/** Time between two tries to connect, ms. */
const AGAIN = 10_000

/** Alerts are evaluated from the first connection on, whether anybody looks or not. One that is there is not made again. */
async function connectLater(dashboard: Dashboard, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    try {
      await dashboard.start()
      return
    } catch {
      // Visitors are told.
    }
    await pause(AGAIN, over)
  }
}

/** A store that does not answer may come later. One that refuses, and a setting that is wrong, stay so. */
async function connect(dashboard: Dashboard): Promise<void> {
  try {
    await dashboard.start()
  } catch (error) {
    if (!isPulsarError(error, 'PQ_BROKER_UNREACHABLE') || error.waited === 0) throw error
    console.error(
      `pq: ${printable(error.message)}; what is served says so, and goes on by itself when the store is there`,
    )
  }
}
