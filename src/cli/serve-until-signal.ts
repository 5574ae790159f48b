import { once } from 'node:events'
import type { PulsarQueue } from '../app/pulsar-queue.js'
import type { Dashboard } from '../dashboard/create-dashboard.js'
import type { DashboardOptions } from '../dashboard/options.js'
import { DashboardAuthError, isPulsarError } from '../errors.js'
import type { BindAddress } from '../settings/bind-address.js'
import { isLoopback, readBindAddress } from '../settings/bind-address.js'
import { printable } from './printable.js'
import { ExitCode, UsageError } from './report-error.js'

/** The environment keeps a token out of the list of processes. */
export const TOKEN = 'PULSAR_DASHBOARD_TOKEN'

/** Where a command serves, and who may look. */
export interface ServedPlace {
  readonly address: BindAddress
  readonly options: Pick<DashboardOptions, 'auth'>
}

/** Reads `--bind`, and the token of the environment. @throws {@link UsageError}; {@link DashboardAuthError} where strangers would be let in */
export function servedPlace(bind: string, example: string): ServedPlace {
  const address = readBindAddress(bind)
  if (address === null) throw new UsageError(`expected --bind to be host:port, such as ${example}, got ${bind}`)
  const token = process.env[TOKEN]
  if (token !== undefined) return { address, options: { auth: { token } } }
  if (isLoopback(address.host)) return { address, options: {} }
  throw new DashboardAuthError(`a token in ${TOKEN} at an address that other machines reach`, `none at ${bind}`)
}

/**
 * Serves a dashboard until SIGINT or SIGTERM. A store that is away is waited for: what is served says so meanwhile.
 *
 * @param serving - called with the URL
 */
export async function serveUntilSignal(
  app: PulsarQueue,
  dashboard: Dashboard,
  address: BindAddress,
  serving: (url: string) => void,
): Promise<void> {
  // Imported here, so that --help does not wait for it.
  const { serveDashboard } = await import('../dashboard/serve-dashboard.js')
  const served = await serveDashboard(dashboard, address)
  const connection = { isTried: true }
  try {
    const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
    serving(served.url)
    await Promise.race([
      ended,
      connect(app).finally(() => {
        connection.isTried = false
      }),
    ])
    await ended
  } finally {
    await served.close()
  }
  // A connection that is being tried has nothing to save, and need not be waited for.
  if (connection.isTried) process.exit(ExitCode.ok)
}

/** A store that does not answer may come later. One that refuses, and a setting that is wrong, stay so. */
async function connect(app: PulsarQueue): Promise<void> {
  try {
    await app.api().start()
  } catch (error) {
    if (!isPulsarError(error, 'PQ_BROKER_UNREACHABLE') || error.waited === 0) throw error
    console.error(
      `pq: ${printable(error.message)}; what is served says so, and goes on by itself when the store is there`,
    )
  }
}
