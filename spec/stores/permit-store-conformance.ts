import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadStore } from '../../lib/stores/open-store.js'
import type { PermitStore } from '../../lib/stores/permit-store.js'
import type { StoreFactory } from '../../lib/stores/register-broker.js'
import type { Store, StoreKind } from '../support/stores.js'
import { until } from '../support/until.js'

let names = 0

/** What all permit stores have in common. */
export function describePermitStore({ store: kind, make }: StoreKind): void {
  describe(`a permit store on ${kind}`, () => {
    let store: Store
    let factory: StoreFactory
    let name: string
    let locks: PermitStore
    const opened: PermitStore[] = []

    const open = (): PermitStore => {
      const another = factory.locks(store.url)
      opened.push(another)
      return another
    }
    const acquire = async (holder: string, { max = 1, ttl = 60_000, waitTtl = 60_000 } = {}) => {
      const { answers, offered } = await locks.acquire(name, [{ holder, max }], ttl, waitTtl)
      return { ...(answers[0] ?? { fence: null, retryIn: -1 }), offered }
    }
    const fenceOf = async (holder: string, options = {}): Promise<number> => {
      const { fence } = await acquire(holder, options)
      expect(fence).not.toBeNull()
      return fence ?? 0
    }

    beforeAll(async () => {
      store = await make()
      factory = await loadStore(store.url)
    })
    afterAll(async () => {
      await store.dispose()
    })
    beforeEach(async () => {
      name = `name {${String(++names)}} ä`
      locks = open()
      for (const inbox of 'abcdefg') await locks.openInbox(inbox, () => undefined)
    })
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close()
    })

    it('grants one permit to one holder, with fences that grow', async () => {
      const first = await fenceOf('a/1')
      const refused = await acquire('b/1')
      expect(refused.fence).toBeNull()
      expect(refused.retryIn).toBeGreaterThan(50_000)
      const again = await fenceOf('a/1')
      expect(again).toBeGreaterThan(first)
      expect(await locks.release(name, 'a/1', first, 1)).toMatchObject({ released: false, offered: [] })
      const { released, offered } = await locks.release(name, 'a/1', again, 1)
      expect([released, offered.map(({ holder }) => holder)]).toEqual([true, ['b/1']])
      expect(offered[0]?.fence).toBeGreaterThan(again)
      expect(await fenceOf('b/1')).toBeGreaterThan(offered[0]?.fence ?? Infinity)
      expect(await locks.release(name, 'a/1', null, 1)).toMatchObject({ released: false })
    })

    it('serves waiters in the order in which they came, also before a newcomer', async () => {
      await fenceOf('a/1')
      for (const holder of ['b/1', 'c/1', 'b/1', 'd/1']) expect((await acquire(holder)).fence).toBeNull()
      // This one stops waiting.
      await locks.release(name, 'c/1', null, 1)
      expect((await locks.release(name, 'a/1', null, 1)).offered.map(({ holder }) => holder)).toEqual(['b/1'])
      expect((await acquire('e/1', { waitTtl: 0 })).fence).toBeNull()
      expect((await acquire('d/1')).fence).toBeNull()
      await fenceOf('b/1')
      expect((await locks.release(name, 'b/1', null, 1)).offered.map(({ holder }) => holder)).toEqual(['d/1'])
    })

    it('grants as many permits as the name has, and never more', async () => {
      const asked = Array.from({ length: 10 }, (_, i) => ({ holder: `/q ${String(i)}`, max: 3 }))
      const { answers } = await locks.acquire(name, asked, 60_000, 60_000)
      expect(answers.map(({ fence }) => fence !== null)).toEqual([true, true, true, ...Array<boolean>(7).fill(false)])
      const { offered } = await locks.release(name, '/q 1', null, 3)
      expect(offered.map(({ holder }) => holder)).toEqual(['/q 3'])
      const other = open()
      const racing = await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const by = i % 2 === 0 ? locks : other
          return await by.acquire(`${name} race`, [{ holder: `/r ${String(i)}`, max: 4 }], 60_000, 0)
        }),
      )
      expect(racing.filter(({ answers: [answer] }) => answer?.fence !== null)).toHaveLength(4)
    })

    it('lets permits expire that are not renewed, and keeps the others', async () => {
      await fenceOf('dead/1', { ttl: 100 })
      const { retryIn } = await acquire('b/1')
      expect(retryIn).toBeLessThanOrEqual(100)
      const taken = await until('the permit of the dead holder', async () => (await acquire('b/1')).fence ?? undefined)
      expect(taken).toBeGreaterThan(0)
      expect(await locks.renew(name, ['dead/1', 'b/1'], 60_000)).toEqual([false, true])
      await fenceOf('f/1', { max: 2, ttl: 10_000 })
      expect(await locks.renew(name, ['f/1'], 60_000)).toEqual([true])
      expect((await acquire('g/1', { max: 2 })).retryIn).toBeGreaterThan(50_000)
    })

    it('offers the permit of a dead holder in a sweep, and again when nobody takes it', async () => {
      await fenceOf('/q dead')
      expect((await acquire('/q next')).fence).toBeNull()
      // From now on as if its holder had died.
      await locks.renew(name, ['/q dead'], 1)
      const swept = async (): Promise<string | undefined> => (await locks.sweep(name, 1))[0]?.holder
      expect(await until('the next to be told', swept)).toBe('/q next')
      expect(await swept()).toBeUndefined()
      expect(await until('it to be told again', swept)).toBe('/q next')
    })

    it('offers a permit to the others before one that did not take it in time, who goes behind them', async () => {
      await fenceOf('/q holder')
      for (const holder of ['/q late', '/q next']) expect((await acquire(holder)).fence).toBeNull()
      expect((await locks.release(name, '/q holder', null, 1)).offered).toMatchObject([{ holder: '/q late' }])
      // From now on as if the time to take it was over.
      await locks.renew(name, ['/q late'], 1)
      const next = await until('the next offer', async () => (await locks.sweep(name, 1))[0])
      expect(next.holder).toBe('/q next')
      expect((await acquire('/q third')).fence).toBeNull()
      expect((await locks.release(name, '/q next', null, 1)).offered).toMatchObject([{ holder: '/q late' }])
    })

    it('passes a declined offer on to the next waiter, and takes no permit from those who have one', async () => {
      await fenceOf('/q holder')
      for (const holder of ['/q first', '/q second', '/q third']) expect((await acquire(holder)).fence).toBeNull()
      // Neither of them has an offer.
      expect(await locks.decline(name, ['/q holder', '/q second'])).toEqual([])
      await locks.release(name, '/q holder', null, 1)
      const [offer, ...others] = await locks.decline(name, ['/q first'])
      expect([offer?.holder, others]).toEqual(['/q second', []])
      expect(await fenceOf('/q second')).toBeGreaterThan(offer?.fence ?? Infinity)
      expect(await locks.decline(name, ['/q first', '/q second'])).toEqual([])
      // One that has declined waits no more.
      expect((await locks.release(name, '/q second', null, 1)).offered).toMatchObject([{ holder: '/q third' }])
      expect(await locks.decline(name, ['/q third'])).toEqual([])
      await fenceOf('/q newcomer')
    })

    // PUBLISH does not tell in a cluster whether anyone hears it. There such a waiter is behind the others after its first offer.
    it.skipIf(kind === 'redis+cluster')(
      'passes over waiters whose process has ended, who keep their place in case they are back',
      async () => {
        const gone = open()
        await gone.openInbox('gone', () => undefined)
        await fenceOf('a/1')
        for (const holder of ['gone/1', 'gone/2', 'b/1']) expect((await acquire(holder)).fence).toBeNull()
        await gone.close()
        expect((await locks.release(name, 'a/1', null, 1)).offered).toMatchObject([{ holder: 'b/1' }])
        expect((await acquire('c/1')).fence).toBeNull()
        await locks.openInbox('gone', () => undefined)
        expect((await locks.release(name, 'b/1', null, 1)).offered).toMatchObject([{ holder: 'gone/1' }])
      },
    )

    it('offers a free permit to a waiter that asks, whether or not it can be told', async () => {
      await fenceOf('a/1')
      expect((await acquire('unheard/1')).fence).toBeNull()
      await locks.release(name, 'a/1', null, 1)
      expect((await acquire('b/1', { waitTtl: 0, max: 2 })).fence).not.toBeNull()
      await fenceOf('unheard/1', { max: 2 })
    })

    it.skipIf(kind === 'embedded')(
      'grants a permit anew under its fence, also where it was offered to its holder, but not to an earlier run of its task',
      async () => {
        const first = await fenceOf('/q first')
        expect((await acquire('/q second')).fence).toBeNull()
        const second = { holder: '/q second', fence: first + 1, max: 1 }
        expect(await locks.restore(name, second, 60_000)).toBe(false)
        expect((await locks.release(name, '/q first', null, 1)).offered).toMatchObject([{ holder: '/q second' }])
        expect(await locks.restore(name, second, 60_000)).toBe(true)
        expect(await locks.release(name, '/q second', second.fence, 1)).toEqual({ released: true, offered: [] })
        const later = await fenceOf('/q second')
        expect(await locks.restore(name, second, 60_000)).toBe(false)
        expect(await locks.restore(name, { ...second, fence: later }, 60_000)).toBe(true)
      },
    )

    it('tells the inbox of the next waiter', async () => {
      const told: (string | null)[] = []
      const waiting = open()
      await waiting.openInbox('b', (holder) => told.push(holder))
      await fenceOf('a/1')
      expect((await acquire('b/7')).fence).toBeNull()
      await locks.release(name, 'a/1', null, 1)
      await until('the word', () => (told.includes('b/7') ? true : undefined))
    })
  })
}
