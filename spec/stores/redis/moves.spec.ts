import { describe, expect, it } from 'vitest'
import type { ScriptName } from '../../../lib/stores/redis/scripts/script.js'
import { Script } from '../../../lib/stores/redis/scripts/script.js'
import { task, useFixture } from './fixture.js'

describe('a move in Redis whose caller dies', () => {
  const at = useFixture()
  const move = async (of = at.broker, outcome = 'moved'): Promise<readonly boolean[]> => {
    const moves = ['a', 'late'].map((id) => ({ id, newId: `new ${id}` }))
    return await of.operations().move('q', moves, 'slow {ä}', outcome, 60_000, ['ready', 'delayed'])
  }

  it.each<[when: string, at: ScriptName, isExecuted: boolean, isOut: boolean]>([
    ['before the tasks leave', 'operations/move-out', false, false],
    ['once they have left', 'operations/move-out', true, true],
    ['before they arrive', 'queue/queue-known', false, true],
    ['once they have arrived', 'queue/queue-known', true, true],
    ['before that is noted', 'operations/arrived', false, true],
    ['once that is noted', 'operations/arrived', true, true],
  ])(
    '%s, leaves each task in one of the queues, or on its way to where the next move brings it',
    async (_when, name, isExecuted, isOut) => {
      const proxy = await at.proxy()
      const dying = await at.open(`redis://127.0.0.1:${String(proxy.port)}/0`)
      // The server knows the scripts by now, and the caller the slots of records.
      await dying.queue('q', [task('before')])
      await dying.operations().move('q', [{ id: 'before', newId: 'new before' }], 'slow {ä}', '-', 60_000, ['ready'])
      await dying.get('q', ['before'])
      await dying.queue('q', [task('a', { tags: ['red'], priority: 7 }), task('late', { delay: 3_600_000 })])
      proxy.refuse()
      const cut = proxy.delay((data) => data.includes(Script.named(name).sha))
      const moving = move(dying).catch(() => null)
      const deliver = await cut
      await dying.close()
      expect(await moving).toBeNull()
      if (isExecuted) await deliver()

      const isUnderWay = isOut && (name !== 'operations/arrived' || !isExecuted)
      expect((await at.broker.operations().inspect('q')).moving).toBe(isUnderWay ? 2 : undefined)
      expect(await move(at.broker, 'another')).toEqual([!isOut, !isOut])
      for (let twice = 0; twice < 2; twice += 1) await at.broker.operations().finishMoves('q')
      expect(await at.broker.size('q')).toEqual({ ready: 0, delayed: 0, held: 0 })
      expect(await at.broker.size('slow {ä}')).toEqual({ ready: 2, delayed: 1, held: 0 })
      const [moved] = await at.broker.get('slow {ä}', ['new a'])
      expect(moved?.header).toMatchObject({ tags: ['red'], priority: 7 })
      expect(await at.redis.keys('{*}:m')).toEqual([])
    },
  )

  it('is not begun where the other queue cannot be written', async () => {
    await at.broker.queue('q', [task('a'), task('late', { delay: 3_600_000 })])
    await at.redis.config('SET', 'maxmemory', '1')
    await expect(move()).rejects.toMatchObject({ code: 'PQ_BROKER_FULL' })
    await at.redis.config('SET', 'maxmemory', '0')
    expect(await at.broker.size('q')).toEqual({ ready: 1, delayed: 1, held: 0 })
    expect(await move()).toEqual([true, true])
  })

  it('leaves tasks on their way, which a worker of the queue brings where they go when nobody else has in a minute', async () => {
    await at.broker.queue('q', [task('a'), task('late', { delay: 3_600_000 })])
    const proxy = await at.proxy()
    const dying = await at.open(`redis://127.0.0.1:${String(proxy.port)}/0`)
    // The server knows the scripts by now, and the caller the slots of records.
    await dying.queue('q', [task('before')])
    await dying.operations().move('q', [{ id: 'before', newId: 'new before' }], 'slow {ä}', '-', 60_000, ['ready'])
    await dying.get('q', ['before'])
    proxy.refuse()
    const cut = proxy.delay((data) => data.includes(Script.named('queue/queue-known').sha))
    const moving = move(dying).catch(() => null)
    await cut
    await dying.close()
    expect(await moving).toBeNull()
    expect(await at.redis.hlen('{pq:q}:m')).toBe(2)

    const options = { crashCap: 3, outcome: '{}', ttl: 1, grace: 10 }
    await at.broker.reclaim('q', options)
    expect(await at.broker.size('slow {ä}')).toEqual({ ready: 1, delayed: 0, held: 0 })
    const ages = `for i, note in ipairs(redis.call('HVALS', KEYS[1])) do
      local target, live, left = unpack(cmsgpack.unpack(note))
      redis.call('HSET', KEYS[1], redis.call('HKEYS', KEYS[1])[i], cmsgpack.pack({ target, live, string.format('%.0f', left - 60000) }))
    end`
    await at.redis.eval(ages, 1, '{pq:q}:m')
    await at.broker.reclaim('q', options)
    expect(await at.broker.size('slow {ä}')).toEqual({ ready: 2, delayed: 1, held: 0 })
    expect(await at.redis.exists('{pq:q}:m')).toBe(0)
  })
})
