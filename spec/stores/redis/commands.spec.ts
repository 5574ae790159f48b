import { describe, expect, it } from 'vitest'
import { done, task, useFixture } from './fixture.js'

describe('the calls of a queue in Redis', () => {
  const at = useFixture()
  let seq = 0

  const settle = async (ended: readonly Parameters<typeof done>[0][], max: number) =>
    await at.broker.settle(
      { queue: 'q', worker: 'w', lane: 0, seq: ++seq },
      ended.map((each) => done(each)),
      max,
    )

  /** The commands that a call executes, in its script. */
  const commandsOf = async (act: () => Promise<unknown>): Promise<Record<string, number>> => {
    await at.redis.config('RESETSTAT')
    await act()
    const stats = await at.redis.info('commandstats')
    const calls = [...stats.matchAll(/cmdstat_([\w|]+):calls=(\d+)/g)].map(([, name = '', count]): [string, number] => [
      name,
      Number(count),
    ])
    return Object.fromEntries(
      calls.filter(([name]) => name !== 'config|resetstat' && name !== 'eval' && name !== 'evalsha'),
    )
  }

  it('execute as few commands as there are things to read and write, and check no key by itself', async () => {
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 60_000 })
    await at.broker.queue('q', [task('a'), task('b'), task('c'), task('d', { delay: 60_000 })])
    expect(await commandsOf(async () => await at.broker.queue('q', [task('e'), task('f')]))).toEqual({
      time: 1,
      hmget: 1,
      hset: 1,
      rpush: 1,
    })
    expect(await commandsOf(async () => await at.broker.queue('q', [task('g', { delay: 90_000 })]))).toEqual({
      time: 1,
      hmget: 1,
      hset: 1,
      zadd: 1,
    })
    const claim = async () => (await settle([], 2)).tasks
    let claimed: Awaited<ReturnType<typeof claim>> = []
    expect(await commandsOf(async () => (claimed = await claim()))).toEqual({ time: 1, hmget: 2, lpop: 1, hset: 1 })
    // The first record of a slot also sets its expiry.
    await settle(claimed, 0)
    claimed = await claim()
    // hlen: whether the slot of the records is new.
    expect(await commandsOf(async () => await settle(claimed, 1))).toEqual({
      time: 1,
      hmget: 2,
      hset: 2,
      hdel: 2,
      hlen: 1,
      lpop: 1,
    })
  })
})
