import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { Broker } from 'pulsar-queue'
import { EmbeddedBroker } from '../../../lib/stores/embedded/embedded-broker.js'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import { leftOversOfEmbedded } from '../../stores/model/left-overs.js'
import { leftOversOfRedis } from '../../stores/model/left-overs-of-redis.js'
import type { RedisServer } from '../../support/redis-server.js'
import { startRedisServer } from '../../support/redis-server.js'
import type { TcpProxy } from '../../support/tcp-proxy.js'
import { startTcpProxy } from '../../support/tcp-proxy.js'

/** The store of a run. */
export interface TestStore {
  /** URL of the load: through the link, where there is one. */
  readonly url: string
  readonly server: RedisServer | null
  readonly link: TcpProxy | null
  /** Path of an embedded store. */
  readonly directory: string
  /** Opens the store without the link. */
  open(): Promise<Broker>
  leftOvers(queue: string): Promise<readonly string[]>
  dispose(): Promise<void>
}

/** @param options - of the server, as on its command line @param parameters - of the URL */
export async function makeRedisStore(options: readonly string[], parameters: string): Promise<TestStore> {
  const server = await startRedisServer(options)
  return redisStore(server, await startTcpProxy(server.port), parameters)
}

/** @param link - through which the load reaches the server; null: directly @param cleanUp - called when the server has ended */
export function redisStore(
  server: RedisServer,
  link: TcpProxy | null,
  parameters: string,
  cleanUp: () => void = () => undefined,
): TestStore {
  return {
    url: (link === null ? server.url : `redis://127.0.0.1:${String(link.port)}/0`) + parameters,
    server,
    link,
    directory: '',
    async open() {
      return await opened(new RedisBroker(server.url))
    },
    async leftOvers(queue) {
      const redis = new Redis(server.url)
      try {
        return await leftOversOfRedis(redis, queue)
      } finally {
        redis.disconnect()
      }
    },
    async dispose() {
      await link?.stop()
      await server.stop()
      cleanUp()
    },
  }
}

/** @param parent - directory of the store; null: one below the system's for temporary files @param parameters - of the URL */
export async function makeEmbeddedStore(parent: string | null = null, parameters = ''): Promise<TestStore> {
  const above = parent ?? mkdtempSync(join(tmpdir(), 'pq-faults-store-'))
  const directory = join(above, 'store')
  return {
    url: `embedded:${directory}${parameters}`,
    server: null,
    link: null,
    directory,
    async open() {
      return await opened(new EmbeddedBroker(`embedded:${directory}`))
    },
    async leftOvers(queue) {
      return leftOversOfEmbedded(`embedded:${directory}`, queue)
    },
    async dispose() {
      if (parent === null) rmSync(above, { recursive: true, force: true })
    },
  }
}

async function opened(broker: Broker): Promise<Broker> {
  await broker.connect()
  return broker
}
