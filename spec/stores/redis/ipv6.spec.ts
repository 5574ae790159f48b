import { existsSync, readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RedisServer } from '../../support/redis-server.js'
import { startRedisServer } from '../../support/redis-server.js'
import { startSentinels } from '../../support/sentinel.js'
import { until } from '../../support/until.js'

const NETWORKS = '/proc/net/if_inet6'
/** Whether the machine has the address ::1. Where it cannot be told, the spec is to fail rather than to say nothing. */
const hasLoopback = !existsSync(NETWORKS) || readFileSync(NETWORKS, 'utf8').includes(`${'0'.repeat(31)}1 `)
if (!hasLoopback) process.stderr.write('SKIPPED: Redis over IPv6, as this machine has no ::1\n')

const double = defineJob({ name: 'ipv6.double' }, (value: number) => value * 2)

describe('a Redis that listens on ::1 only', () => {
  /** Runs a task. Resolves when the server has all connections of an app. */
  async function use(server: RedisServer, dataStore: string, redis: Redis): Promise<void> {
    const app = new PulsarQueue({ dataStore, workers: 0, parseConsole: false, logLevel: 'error' })
    onTestFinished(async () => {
      await app.close()
      redis.disconnect()
      await server.stop()
    })
    const api = await app.api().start()
    await app.start()
    expect((await api.tasks.queue(double, { value: 21 })).result).toBe(42)
    // The heartbeat has a connection of its own, from its thread.
    await until('all connections', async () => {
      const names = [...String(await redis.client('LIST')).matchAll(/ name=(pulsar\S+)/g)].map(([, name]) => name)
      const calling = names.filter((name) => name === 'pulsar-queue').length
      return calling >= 2 && names.includes('pulsar-queue-subscriber') ? true : undefined
    })
  }

  it.runIf(hasLoopback)(
    'is reached by its address in brackets, for calls, subscriptions and the heartbeat',
    async () => {
      const server = await startRedisServer([], { host: '::1' })
      const redis = new Redis({ host: '::1', port: server.port })
      await use(server, `redis://[::1]:${String(server.port)}/0`, redis)
    },
  )

  it.runIf(hasLoopback)('is reached as a node of a cluster, too', async () => {
    // By default the port of the bus is one that an outgoing connection may have.
    const server = await startRedisServer(
      (port) => ['--cluster-enabled', 'yes', '--cluster-port', String(port - 10_000)],
      { host: '::1' },
    )
    const redis = new Redis({ host: '::1', port: server.port })
    await redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await until('the cluster', async () => ((await redis.cluster('INFO')).includes('state:ok') ? true : undefined))
    await use(server, `redis+cluster://[::1]:${String(server.port)}/`, redis)
  })

  it.runIf(hasLoopback)(
    'is reached through Sentinels on ::1, too, and so is its replica after a failover',
    async () => {
      const setUp = await startSentinels({ host: '::1', replicas: 1 })
      const app = new PulsarQueue({ dataStore: setUp.url, workers: 0, parseConsole: false, logLevel: 'error' })
      onTestFinished(async () => {
        await app.close()
        await setUp.stop()
      })
      expect(setUp.url).toMatch(/^redis\+sentinel:\/\/\[::1\]:\d+,/)
      const api = await app.api().start()
      await app.start()
      expect((await api.tasks.queue(double, { value: 21 })).result).toBe(42)

      const before = await setUp.master()
      const after = await setUp.failOver()
      expect(after).not.toBe(before)
      expect((await api.tasks.queue(double, { value: 4 })).result).toBe(8)
      await until('the heartbeat and the subscriber to follow', async () => {
        const list = String(await setUp.client(after).client('LIST'))
        const names = [...list.matchAll(/ name=(pulsar\S+)/g)].map(([, name]) => name)
        const calling = names.filter((name) => name === 'pulsar-queue').length
        return calling >= 2 && names.includes('pulsar-queue-subscriber') ? true : undefined
      })
    },
    90_000,
  )

  it.runIf(hasLoopback)('is named in brackets where it is away', async () => {
    const away = new PulsarQueue({ dataStore: 'redis://[::1]:1/0?connectTimeout=1s', workers: 0, logLevel: 'silent' })
    await expect(away.api().start()).rejects.toThrow(/cannot reach redis:\/\/\[::1\]:1\/0.*ECONNREFUSED/)
    await away.close()
  })
})
