import { afterEach, describe, expect, it } from 'vitest'
import { EventChannels } from '../../../lib/stores/redis/connection/event-channels.js'
import { RedisSubscriber } from '../../../lib/stores/redis/connection/redis-subscriber.js'
import { readRedisUrl } from '../../../lib/stores/redis/connection/redis-url.js'
import { timers } from '../../../lib/util/timers.js'
import { until } from '../../support/until.js'
import { useFixture } from './fixture.js'

describe('the channels of task events', () => {
  const at = useFixture()
  const { now } = timers

  afterEach(() => {
    timers.now = now
  })

  it('are left when the queue has been missing in the list of all queues for a while', async () => {
    const subscriber = new RedisSubscriber(readRedisUrl(at.server.url), 'sharded')
    const channels = new EventChannels(
      subscriber,
      (queue) => `{pq:${queue}}:`,
      () => undefined,
    )
    const heard = async (): Promise<string> => String(await at.redis.call('PUBSUB', 'SHARDCHANNELS', '*:ev'))
    for (const queue of ['a', 'b', 'c']) await channels.hear(queue)
    const later = (ms: number): void => {
      timers.now = () => now() + ms
    }
    await channels.leaveGone(['a'])
    later(20_000)
    // It was used again while it was being removed.
    await channels.leaveGone(['a', 'b'])
    await until('c to be left', async () => ((await heard()).split(',').length === 2 ? true : undefined))
    await channels.leaveGone(['a'])
    expect((await heard()).split(',').toSorted()).toEqual(['{pq:a}:ev', '{pq:b}:ev'])
    await subscriber.close()
  })
})
