import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { it } from 'vitest'
import { startCluster } from '../../../support/cluster.js'
import { placesOf } from '../../../support/cluster-places.js'
import { AWAY, goOnElsewhere, namesIn } from '../elsewhere.js'

/** An address that leads to a node of the cluster at any time, as a configuration endpoint does. */
async function startEndpoint(target: () => number): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(target(), '127.0.0.1')
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.pipe(other)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

it(`a cluster that was away for ${String(AWAY / 1_000)} s, and is back on other ports, is found by itself; nothing is lost, doubled or left open`, async () => {
  const cluster = await startCluster({ isKept: true })
  const endpoint = await startEndpoint(() => cluster.masters[0]?.port ?? 0)
  await goOnElsewhere({
    url: `redis+cluster://127.0.0.1:${String(endpoint.port)}/`,
    queues: (await placesOf(cluster)).map(({ queue }) => queue),
    async connections() {
      const lists = await Promise.all(cluster.servers.map(async ({ redis }) => await redis.call('CLIENT', 'LIST')))
      return lists.flatMap(namesIn)
    },
    killAll: cluster.killAll,
    comeBackElsewhere: cluster.comeBackElsewhere,
    async stop() {
      endpoint.close()
      await cluster.stop()
    },
  })
}, 240_000)
