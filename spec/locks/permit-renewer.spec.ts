import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import { PermitRenewer } from '../../lib/locks/permit-renewer.js'
import { EmbeddedPermitStore } from '../../lib/stores/embedded/embedded-permit-store.js'
import { timers } from '../../lib/util/timers.js'

/** Time to live of a permit, ms. */
const TTL = 600_000

/** Refuses to renew the permits of one name. */
class Refusing extends EmbeddedPermitStore {
  refuses = true
  override async renew(name: string, holders: readonly string[], ttl: number) {
    if (name === 'bad' && this.refuses) throw new Error('WRONGTYPE')
    return await super.renew(name, holders, ttl)
  }
}

afterEach(() => {
  vi.restoreAllMocks()
})

it('the renewal of permits works again when it works for all names, not when it works for another one', async () => {
  const beats = vi.spyOn(timers, 'setInterval')
  const store = new Refusing('embedded::memory:permit-renewer')
  const told: string[] = []
  const renewer = new PermitRenewer(store, TTL, {
    lost: () => undefined,
    renewed: () => told.push('renewed'),
    failed: (message) => told.push(message),
  })
  for (const name of ['bad', 'good']) {
    await store.acquire(name, [{ holder: 'me', max: 1 }], TTL, 0)
    renewer.add({ name, holder: 'me' })
  }
  const beat = async (): Promise<void> => {
    beats.mock.lastCall?.[0]()
    await turn()
  }
  for (let i = 0; i < 3; i++) await beat()
  expect(told).toEqual(['WRONGTYPE', 'WRONGTYPE', 'WRONGTYPE'])
  store.refuses = false
  await beat()
  expect(told.slice(3)).toEqual(['renewed'])
  renewer.close()
  await store.close()
})
