import type { ClaimedTask } from 'pulsar-queue'
import { REVOKED, SUCCESS } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import type { RedisServer } from '../../support/redis-server.js'
import { startRedisServer } from '../../support/redis-server.js'
import type { ShiftedClock } from '../../support/shifted-clock.js'
import { clockIsFixed, shiftedClock } from '../../support/shifted-clock.js'
import { done, task } from '../conformance/test-worker.js'

const HOUR = 3_600

const cannot = clockIsFixed()
const title = `a record that is written when the clock of its Redis has jumped ahead${cannot === null ? '' : `; skipped: ${cannot}`}`

describe.skipIf(cannot !== null)(title, () => {
  let clock: ShiftedClock
  let server: RedisServer
  let broker: RedisBroker

  const claim = async (worker: string, seq: number): Promise<readonly ClaimedTask[]> =>
    (await broker.settle({ queue: 'q', worker, lane: 0, seq }, [], 5)).tasks
  const status = async (): Promise<number | undefined> => (await broker.get('q', ['a']))[0]?.header.status

  beforeEach(async () => {
    clock = shiftedClock()
    server = await startRedisServer([], { env: clock.env })
    broker = new RedisBroker(server.url)
    await broker.connect()
    await broker.queue('q', [task('a')])
  })
  afterEach(async () => {
    await broker.close()
    await server.stop()
    clock.dispose()
  })

  it('of a task that was done is kept for its time', async () => {
    await broker.join('q', { id: 'w', slots: 5, leaseTtl: 10 * HOUR * 1_000 })
    const tasks = await claim('w', 1)
    clock.shift(HOUR)
    await broker.settle(
      { queue: 'q', worker: 'w', lane: 0, seq: 2 },
      tasks.map((each) => done(each)),
      0,
    )
    expect(await status()).toBe(SUCCESS)
  })

  it('of a task that was revoked is kept for its time', async () => {
    clock.shift(HOUR)
    expect(await broker.revoke('q', ['a'], '{}', 1)).toEqual([true])
    expect(await status()).toBe(REVOKED)
  })
})
