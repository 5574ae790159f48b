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
    beforeEach(() => {
      name = `name {${String(++names)}} ä`
      locks = open()
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
