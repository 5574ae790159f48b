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

  it('holds up no other call on its queue until that is known', async () => {
    const plain = new PulsarQueue({ dataStore: server.url, workers: 0, logLevel: 'silent', parseConsole: false })
    try {
      const { tasks } = await plain.api().start()
      const ends: string[] = []
      const note = (name: string) => () => void ends.push(name)
      for (const round of ['first', 'next']) {
        const refused = tasks.queue(double, { value: 1 }, { durability: 'replica', id: round, callback: false })
        const calls = [
          refused.then(note('queued'), note('refused')),
          tasks.size('pulsarqueue').then(note('size')),
          tasks.queue(double, { value: 2 }, { callback: false }).then(note('other')),
          tasks.get(round).then(note('get')),
        ]
        await Promise.all(calls)
        expect(ends.splice(0).at(-1)).toBe('refused')
      }
    } finally {
      await plain.close()
    }
  })
})
