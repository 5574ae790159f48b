import { createAdaptorServer } from '@hono/node-server'
import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import { DashboardBindError } from '../errors.js'
import type { BindAddress } from '../settings/bind-address.js'
import { showBindAddress } from '../settings/bind-address.js'
import type { Dashboard } from './create-dashboard.js'
import { received } from './mounts.js'

/** A dashboard that is served. */
export interface ServedDashboard {
  /** `http://127.0.0.1:8070` */
  readonly url: string
  close(): Promise<void>
}

/**
 * Serves a dashboard at an address of its own.
 *
 * @param served - what it is to whoever asked for it: `the dashboard`, `the metrics`
 * @throws {@link DashboardBindError}
 */
export async function serveDashboard(
  dashboard: Dashboard,
  address: BindAddress,
  served: string,
): Promise<ServedDashboard> {
  const server = createAdaptorServer({
    fetch: async (request, { incoming }) => await dashboard(received(request, incoming as IncomingMessage)),
    overrideGlobalObjects: false,
  }) as Server
  const listening = once(server, 'listening')
  server.listen(address.port, address.host)
  try {
    await listening
  } catch (error) {
    throw new DashboardBindError(showBindAddress(address), error, served)
  }
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port
  return {
    url: `http://${showBindAddress({ host: address.host, port })}`,
    async close() {
      dashboard.close()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
