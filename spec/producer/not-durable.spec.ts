import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'

const double = defineJob({ name: 'not-durable.double' }, (value: number) => value * 2)

describe('a task that its server has no replica for', () => {
  let server: RedisServer
  let app: PulsarQueue

  beforeEach(async () => {
    server = await startRedisServer()
    const dataStore = `${server.url}?durability=replica&connectTimeout=1s`
    app = new PulsarQueue({ dataStore, workers: 0, logLevel: 'silent', parseConsole: false })
    await app.start()
  })
  afterEach(async () => {
    await app.close()
    await server.stop()
  })

  it('rejects its call, also where it is done by then', async () => {
    const { tasks } = await app.api().start()
    const futures = [
      tasks.queue(double, { value: 1 }, { id: 'awaited' }),
      ...tasks.queueMany(double, [{ value: 2 }, { value: 3 }]),
      tasks.queue(double, { value: 4 }, { callback: false }),
    ]
    const calls = [...futures.map(async (future) => await future), futures[0]?.result(), futures[0]?.wait()]
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'PQ_NOT_DURABLE' })
    // It was not known to be lost, and may have run.
    expect((await tasks.get('awaited'))?.result).toBe(2)
  })
})
