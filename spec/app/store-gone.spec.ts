import { defineJob, Logger, PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeptLogger } from '../support/kept-logger.js'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'

const echo = defineJob({ name: 'gone.echo' }, (n: number) => n)

describe('an app whose Redis is gone', () => {
  let server: RedisServer
  beforeEach(async () => {
    server = await startRedisServer()
  })
  afterEach(async () => {
    await server.stop()
  })

  it('waits for it once while it closes, whatever it was connected to: connectTimeout, and not twice', async () => {
    const logger = new KeptLogger()
    const dataStore = `${server.url}?connectTimeout=3s`
    const app = new PulsarQueue({ dataStore, workers: 0, parseConsole: false, taskQueues: ['a', 'b'] })
    app.container.register(Logger, { useValue: logger })
    const api = await app.api().start()
    await app.start()
    await api.onEvents('task', '*', () => undefined)
    expect((await api.tasks.queue(echo, [1], { queue: 'a' })).result).toBe(1)
    await server.kill()
    const since = performance.now()
    await app.close()
    // The time is what this is about: it was three times as long.
    expect(performance.now() - since).toBeLessThan(2 * 3_000)
    const said = logger.lines.filter(({ message }) => message.includes('could not be left'))
    const words = said.map(({ message }) => message.replaceAll(server.url, 'URL'))
    expect(words.filter((each) => each.startsWith('queue a '))).toEqual([
      `queue a could not be left in good order: cannot reach URL within 3 s: connect ECONNREFUSED 127.0.0.1:${String(server.port)}; ` +
        'check that it runs and that the address is right',
    ])
  })
})
