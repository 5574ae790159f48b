import { Redis } from 'ioredis'
import { defineJob, Logger, PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Line } from '../support/kept-logger.js'
import { KeptLogger } from '../support/kept-logger.js'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'
import { until } from '../support/until.js'

const job = defineJob({ name: 'outage.echo' }, (value: number) => value)

describe('a worker whose Redis refuses it for a while', () => {
  let server: RedisServer
  let redis: Redis
  let app: PulsarQueue
  const logger = new KeptLogger()

  beforeEach(async () => {
    server = await startRedisServer()
    redis = new Redis(server.url)
    app = new PulsarQueue({ dataStore: server.url, workers: 0, leaseTtl: '1s', parseConsole: false })
    app.container.register(Logger, { useValue: logger })
    await app.start()
  })
  afterEach(async () => {
    await app.close()
    redis.disconnect()
    await server.stop()
  })

  it('writes each warning once, and that it works again', async () => {
    await redis.config('SET', 'requirepass', 'changed')
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    const refused = (): number => logger.lines.filter(({ message }) => message.includes('NOAUTH')).length
    const kinds = (): string[] => {
      const warnings = logger.lines.filter(({ level }) => level === 'warn' || level === 'error')
      return warnings.map(({ message }) => message.replace(/:.*/, ''))
    }
    const reclaiming = 'the tasks of dead workers could not be reclaimed, will try again'
    const isOut = (): boolean => refused() >= 30 && kinds().includes(reclaiming)
    await until('thirty calls to be refused, and dead workers to be looked for', () => (isOut() ? true : undefined))
    expect(kinds()).toEqual([...new Set(kinds())])

    await redis.config('SET', 'requirepass', '')
    const back = (): Line | undefined =>
      logger.lines.find(({ message }) => message === 'the tasks of dead workers are reclaimed again')
    const { level, data } = await until('the worker to be back', back)
    expect(level).toBe('info')
    expect(data['failures']).toBeGreaterThan(1)
    const api = await app.api().start()
    expect((await api.tasks.queue(job, { value: 7 })).result).toBe(7)
  })
})
