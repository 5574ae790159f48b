import { describe, expect, it } from 'vitest'
import { task, useFixture } from './fixture.js'

describe('ticks in Redis', () => {
  const at = useFixture()

  it('are not taken again when the reply is lost', async () => {
    const proxy = await at.proxy()
    const broker = await at.open(`redis://127.0.0.1:${String(proxy.port)}/0`)
    let expected: number | null = null
    for (let tick = 1; tick <= 20; tick++) {
      if (expected !== null) await broker.lastTicks('q', ['a'])
      proxy.rewrite = () => null
      const reply = await broker.tick('q', {
        job: 'a',
        expected,
        at: tick,
        schedule: '',
        operation: String(tick),
        task: task(`t${String(tick)}`),
      })
      expect(reply).toMatchObject({ queued: true, last: tick })
      expected = tick
    }
    expect(await at.broker.size('q')).toEqual({ ready: 20, delayed: 0, held: 0 })
  })

  it('are refused whole when memory is full, and can still be read', async () => {
    await at.broker.tick('q', { job: 'a', expected: null, at: 1_000, schedule: '', operation: 'one', task: null })
    await at.redis.config('SET', 'maxmemory', '1')
    const second = { job: 'a', expected: 1_000, at: 2_000, schedule: '', operation: 'two', task: task('t') }
    const refused = at.broker.tick('q', second)
    await expect(refused).rejects.toMatchObject({ code: 'PQ_BROKER_FULL' })
    expect(await at.broker.lastTicks('q', ['a', 'b'])).toMatchObject({ last: [{ at: 1_000, schedule: '' }, null] })
    await at.redis.config('SET', 'maxmemory', '0')
    expect(await at.broker.tick('q', second)).toMatchObject({ queued: true })
  })
})
