import { Redis } from 'ioredis'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deferred } from '../../lib/util/deferred.js'
import { monitor } from '../support/monitor.js'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'

/**
 * Time for which commands are counted, s. Whatever is sent at intervals may fall into it once more than its share, and a minute is
 * long enough for that to be little.
 */
const WINDOW = 60

defineJob({ name: 'idle.hourly', runEvery: '1h' }, () => undefined)

describe('an idle worker on Redis', () => {
  let server: RedisServer
  let redis: Redis
  let app: PulsarQueue

  beforeEach(async () => {
    server = await startRedisServer()
    redis = new Redis(server.url)
    // The wait that an idle worker comes to by itself.
    const settings = {
      taskPoolTimeout: '10s',
      schedulePeriodic: true,
      logLevel: 'silent',
      parseConsole: false,
    } as const
    app = new PulsarQueue({ dataStore: server.url, workers: 0, ...settings })
  })
  afterEach(async () => {
    await app.close()
    redis.disconnect()
    await server.stop()
  })

  it('sends at most one command a second', async () => {
    const sent: { readonly at: number; readonly command: string }[] = []
    let reports = 0
    const over = deferred<undefined>()
    const end = await monitor(redis.options, ({ at, args: [command = ''], source }) => {
      // A start has commands of its own. The second report of the worker's status comes after them.
      if (command === 'publish' && source !== 'lua') reports += 1
      // Commands of scripts are not sent.
      if (source === 'lua' || reports < 2) return
      if (at - (sent[0]?.at ?? at) >= WINDOW) over.resolve(undefined)
      else sent.push({ at, command })
    })
    await app.start()
    await over.promise
    end()
    expect(sent.length, sent.map(({ command }) => command).join(' ')).toBeLessThanOrEqual(WINDOW)
  }, 180_000)
})
