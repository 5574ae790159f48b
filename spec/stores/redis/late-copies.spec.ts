import type { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import type { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import { RedisPermitStore } from '../../../lib/stores/redis/redis-permit-store.js'
import { done, task, useFixture } from './fixture.js'

/** Stores of one verb, which it alone uses. */
interface Stores {
  readonly broker: RedisBroker
  readonly permits: RedisPermitStore
}

const lane = { queue: 'q', worker: 'w', lane: 0 }
const reclaim = { crashCap: 3, outcome: '{}', ttl: 1, grace: 10 }

/** Each verb, called while `q` has a worker `w` that holds `held`, and a delayed task `later`. */
const VERBS: Readonly<Record<string, (stores: Stores) => Promise<unknown>>> = {
  queue: ({ broker }) => broker.queue('q', [task('a')]),
  tick: ({ broker }) =>
    broker.tick('q', { job: 'j', expected: null, at: 1, task: task('t'), operation: 'one', schedule: 's' }),
  lastTicks: ({ broker }) => broker.lastTicks('q', ['j']),
  join: ({ broker }) => broker.join('q', { id: 'x', slots: 1, leaseTtl: 9_000 }),
  adopt: ({ broker }) => broker.adopt('q', 'w', { slots: 9, ttl: 60_000, topFence: 1, tasks: [] }),
  leave: ({ broker }) => broker.leave('q', 'w'),
  settle: ({ broker }) => broker.settle({ ...lane, seq: 2 }, [], 1),
  renew: ({ broker }) => broker.renew('q', 'w'),
  progress: ({ broker }) => broker.progress('q', 'w', [{ id: 'held', fence: 1, progress: '{}' }]),
  reclaim: ({ broker }) => broker.reclaim('q', reclaim),
  revoke: ({ broker }) => broker.revoke('q', ['held'], '{}', 1),
  get: ({ broker }) => broker.get('q', ['held'], 'inbox'),
  size: ({ broker }) => broker.size('q'),
  flush: ({ broker }) => broker.flush('q', 'operation'),
  promote: ({ broker }) => broker.promote('q', ['later']),
  pause: ({ broker }) => broker.pause('q'),
  resume: ({ broker }) => broker.resume('q'),
  acquire: ({ permits }) => permits.acquire('lock', [{ holder: 'h', max: 1 }], 9_000, 0),
  'renew of a permit': ({ permits }) => permits.renew('lock', ['first'], 9_000),
  restore: ({ permits }) => permits.restore('lock', { holder: 'first', fence: 1, max: 1 }, 9_000),
  release: ({ permits }) => permits.release('lock', 'first', null, 1),
  decline: ({ permits }) => permits.decline('lock', ['next']),
  sweep: ({ permits }) => permits.sweep('lock', 1),
}

/** All that a server holds: a text for each key. */
async function contents(redis: Redis, namespace: string): Promise<Record<string, string>> {
  const keys = (await redis.keys(`*${namespace}:*`)).sort()
  const values = await Promise.all(keys.map(async (key) => (await redis.dumpBuffer(key)).toString('hex')))
  return Object.fromEntries(keys.map((key, i) => [key, values[i] ?? '']))
}

/** Makes a server's clock look as if it showed another time. */
const shiftTime =
  (seconds: number) =>
  (data: Buffer): Buffer =>
    Buffer.from(
      data.toString('latin1').replace(/(?<=\$10\r\n)\d{10}(?=\r)/, (text) => String(Number(text) + seconds)),
      'latin1',
    )

const isScript = (data: Buffer): boolean => /eval/i.test(data.toString())

describe('a call whose first copy the network delivers when the second was answered', () => {
  const at = useFixture()

  async function refuseKill(): Promise<void> {
    await at.redis.call('ACL', 'SETUSER', 'default', '-client|kill')
  }

  /** Delivers the first copy of a verb last, and tells how it was answered and whether it changed anything. */
  async function deliverLate(verb: string, namespace: string): Promise<{ answer: string; hasChanged: boolean }> {
    const proxy = await at.proxy()
    const url = (port: number): string => `redis://127.0.0.1:${String(port)}/0?namespace=${namespace}`
    const direct = { broker: await at.open(url(at.server.port)), permits: new RedisPermitStore(url(at.server.port)) }
    const stores = { broker: await at.open(url(proxy.port)), permits: new RedisPermitStore(url(proxy.port)) }
    try {
      await direct.broker.queue('q', [task('held'), task('later', { delay: 60_000 })])
      await direct.broker.join('q', { id: 'w', slots: 9, leaseTtl: 60_000 })
      await direct.broker.settle({ ...lane, seq: 1 }, [], 1)
      await direct.permits.acquire('lock', [{ holder: 'first', max: 1 }], 60_000, 0)
      // Each connection is open, and the server has the script.
      await stores.broker.join('q', { id: 'other', slots: 1, leaseTtl: 9_000 })
      await stores.permits.sweep('lock', 1)
      const delayed = proxy.delay(isScript)
      const [deliver] = await Promise.all([delayed, VERBS[verb]?.(stores)])
      const before = await contents(at.redis, namespace)
      const answer = await deliver()
      return { answer, hasChanged: JSON.stringify(await contents(at.redis, namespace)) !== JSON.stringify(before) }
    } finally {
      await Promise.all([direct.permits.close(), stores.permits.close()])
    }
  }

  it('is not acted upon again, whatever the verb: the server has closed its connection', async () => {
    const verbs = Object.keys(VERBS)
    const found = await Promise.all(verbs.map(async (verb, i) => [verb, await deliverLate(verb, `n${String(i)}`)]))
    expect(found).toEqual(verbs.map((verb) => [verb, { answer: '', hasChanged: false }]))
  })

  it('is not acted upon again, whatever the verb: where connections may not be closed, its time is over', async () => {
    await refuseKill()
    const verbs = Object.keys(VERBS)
    const found = await Promise.all(verbs.map(async (verb, i) => [verb, await deliverLate(verb, `n${String(i)}`)]))
    const refused = { answer: expect.stringMatching(/^-LATE /) as string, hasChanged: false }
    expect(found).toEqual(verbs.map((verb) => [verb, refused]))
  })

  it.each(['allowed', 'forbidden'])('runs its task once, with CLIENT KILL %s', async (kill) => {
    if (kill === 'forbidden') await refuseKill()
    const proxy = await at.proxy()
    const producer = await at.open(`redis://127.0.0.1:${String(proxy.port)}/0`)
    await producer.queue('q', [task('warm up')])
    const [deliver] = await Promise.all([proxy.delay(isScript), producer.queue('q', [task('a')])])
    await at.broker.join('q', { id: 'w', slots: 9, leaseTtl: 60_000 })
    const { tasks } = await at.broker.settle({ ...lane, seq: 1 }, [], 9)
    expect(tasks.map(({ id }) => id)).toEqual(['warm up', 'a'])
    await at.broker.settle({ ...lane, seq: 2 }, tasks.map(done), 0)
    await deliver()
    expect(await at.broker.size('q')).toEqual({ ready: 0, delayed: 0, held: 0 })
  })

  it('is over when the caller is told that the server is not reached', async () => {
    const proxy = await at.proxy()
    const producer = await at.open(`redis://127.0.0.1:${String(proxy.port)}/0?connectTimeout=300ms`)
    await producer.queue('q', [task('warm up')])
    const delayed = proxy.delay(isScript)
    const queued = producer.queue('q', [task('a')])
    queued.catch(() => undefined)
    const deliver = await delayed
    proxy.refuse()
    await expect(queued).rejects.toMatchObject({ code: 'PQ_BROKER_UNREACHABLE' })
    expect(await deliver()).toMatch(/^-LATE /)
  })

  it('is none where the server’s clock was set forward: the call is sent again at once', async () => {
    const proxy = await at.proxy()
    proxy.rewrite = shiftTime(-3_600)
    const producer = await at.open(`redis://127.0.0.1:${String(proxy.port)}/0`)
    expect(await producer.queue('q', [task('a')])).toMatchObject([{ verdict: 'queued' }])
    expect(await at.broker.size('q')).toEqual({ ready: 1, delayed: 0, held: 0 })
  })

  it.each(['allowed', 'forbidden'])(
    'is not followed by a second where the clock was set back, with CLIENT KILL %s',
    async (kill) => {
      if (kill === 'forbidden') await refuseKill()
      const proxy = await at.proxy()
      proxy.rewrite = shiftTime(3_600)
      const producer = await at.open(`redis://127.0.0.1:${String(proxy.port)}/0?connectTimeout=1s`)
      await producer.queue('q', [task('warm up')])
      const delayed = proxy.delay(isScript)
      const queued = producer.queue('q', [task('a')])
      proxy.rewrite = null
      const outcome = queued.then(
        ([reply]) => reply?.verdict,
        (error: unknown) => (error as { code: string }).code,
      )
      const deliver = await delayed
      expect(await outcome).toBe(kill === 'allowed' ? 'queued' : 'PQ_BROKER_UNREACHABLE')
      await deliver()
      expect(await at.broker.size('q')).toEqual({ ready: 2, delayed: 0, held: 0 })
    },
  )
})
