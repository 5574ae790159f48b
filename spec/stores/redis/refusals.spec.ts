import { describe, expect, it } from 'vitest'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import { task, useFixture } from './fixture.js'

/** Attempts to connect in about as many seconds as a refusing server gets, with room for a slow machine. */
const FEW = 12

describe('a Redis server that refuses', () => {
  const at = useFixture()

  async function connections(): Promise<number> {
    return Number(/total_connections_received:(\d+)/.exec(await at.redis.info('stats'))?.[1])
  }

  async function changePassword(): Promise<void> {
    await at.redis.config('SET', 'requirepass', 'changed')
    await at.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  }

  it('the password gets few connections, however many calls are made, and each call is told why', async () => {
    await at.broker.queue('q', [task('a')])
    await changePassword()
    const before = await connections()
    for (let i = 0; i < 200; i++) {
      await expect(at.broker.size('q')).rejects.toThrow(/NOAUTH/)
    }
    const attempts = (await connections()) - before
    expect(attempts).toBeGreaterThan(0)
    expect(attempts).toBeLessThanOrEqual(FEW)
  })

  it('the password is used again once it accepts it', async () => {
    await changePassword()
    await expect(at.broker.size('q')).rejects.toThrow(/NOAUTH/)
    await at.redis.config('SET', 'requirepass', '')
    await expect
      .poll(async () => await at.broker.size('q').catch(() => null))
      .toEqual({ ready: 0, delayed: 0, held: 0 })
  })

  it('further clients gets few connections, however many calls wait, and each call is told why', async () => {
    await at.redis.config('SET', 'maxclients', '1')
    const refusedConnections = async (): Promise<number> =>
      Number(/rejected_connections:(\d+)/.exec(await at.redis.info('stats'))?.[1])
    const waiting = new RedisBroker(`${at.server.url}?connectTimeout=500ms`)
    const before = await refusedConnections()
    const refused = Array.from({ length: 500 }, async () => {
      await expect(waiting.size('q')).rejects.toThrow(/max number of clients/)
    })
    await Promise.all(refused)
    await waiting.close()
    const attempts = (await refusedConnections()) - before
    expect(attempts).toBeGreaterThan(0)
    expect(attempts).toBeLessThanOrEqual(FEW)
  })

  it('writes, as a replica does, gets few connections, and the calls are done when it is a master again', async () => {
    const patient = await at.open(`${at.server.url}?connectTimeout=20s`)
    const hasty = await at.open(`${at.server.url}?connectTimeout=2s`)
    await at.redis.call('REPLICAOF', '127.0.0.1', '1')
    const before = await connections()
    const queued = patient.queue('q', [task('a')])
    const refused = Array.from({ length: 50 }, async (_, i) => {
      await expect(hasty.queue('q', [task(`b${String(i)}`)])).rejects.toThrow(/READONLY/)
    })
    await Promise.all(refused)
    expect((await connections()) - before).toBeLessThanOrEqual(2 * FEW)
    await at.redis.call('REPLICAOF', 'NO', 'ONE')
    expect((await queued)[0]?.verdict).toBe('queued')
  })
})
