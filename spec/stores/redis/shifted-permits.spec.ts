import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RedisPermitStore } from '../../../lib/stores/redis/redis-permit-store.js'
import type { RedisServer } from '../../support/redis-server.js'
import { startRedisServer } from '../../support/redis-server.js'
import type { ShiftedClock } from '../../support/shifted-clock.js'
import { clockIsFixed, shiftedClock } from '../../support/shifted-clock.js'

const HOUR = 3_600
const NAME = 'limit'

const cannot = clockIsFixed()
const title = `permits in a Redis whose clock was an hour fast, and is set back${cannot === null ? '' : `; skipped: ${cannot}`}`

describe.skipIf(cannot !== null)(title, () => {
  let clock: ShiftedClock
  let server: RedisServer
  let permits: RedisPermitStore

  /** @returns the fence; null: the holder waits */
  const acquire = async (holder: string) => {
    const { answers } = await permits.acquire(NAME, [{ holder, max: 1 }], 15_000, 60_000)
    return answers[0] ?? { fence: null, retryIn: 0 }
  }
  const offeredAfter = async (holder: string): Promise<string[]> =>
    (await permits.release(NAME, holder, null, 1)).offered.map((offer) => offer.holder)

  beforeEach(async () => {
    clock = shiftedClock()
    server = await startRedisServer([], { env: clock.env })
    permits = new RedisPermitStore(server.url)
    clock.shift(HOUR)
  })
  afterEach(async () => {
    await permits.close()
    await server.stop()
    clock.dispose()
  })

  it('expire in the time to live of a permit, though their holder is dead', async () => {
    await acquire('/q/dead')
    clock.shift(0)
    const { fence, retryIn } = await acquire('/q/waiter')
    expect([fence, retryIn <= 15_000]).toEqual([null, true])
  })

  it('expire so for those who sweep, too', async () => {
    await acquire('/q/dead')
    clock.shift(0)
    expect(await permits.sweep(NAME, 1)).toEqual([])
    clock.shift(16)
    expect((await acquire('/q/next')).fence).not.toBeNull()
  })

  it('are offered to those first who waited first', async () => {
    await acquire('/q/holder')
    await acquire('/q/first')
    clock.shift(0)
    await acquire('/q/second')
    expect(await offeredAfter('/q/holder')).toEqual(['/q/first'])
    expect(await offeredAfter('/q/first')).toEqual(['/q/second'])
  })
})
