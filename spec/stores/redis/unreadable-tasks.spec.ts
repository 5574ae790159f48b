import { describe, expect, it } from 'vitest'
import { task, useFixture } from './fixture.js'

describe('an unreadable value in Redis', () => {
  const at = useFixture()

  it('keeps no other delayed task from becoming ready', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `task ${String(i)}`)
    await at.broker.queue(
      'q',
      names.map((id) => task(id, { delay: 1 })),
    )
    await at.redis.hset('{pq:q}:task', 'task 8', 'no task')
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    const claimed: string[] = []
    for (let seq = 1; claimed.length < 19; seq++) {
      const { tasks } = await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq }, [], 20)
      claimed.push(...tasks.map(({ id }) => id))
    }
    expect(claimed.sort()).toEqual(names.filter((id) => id !== 'task 8').sort())
  })
})
