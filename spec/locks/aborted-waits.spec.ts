import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Locks } from '../../lib/locks/locks.js'
import { PermitKeeper } from '../../lib/locks/permit-keeper.js'
import { SilentLogger } from '../../lib/logging/logger.js'
import { EmbeddedPermitStore } from '../../lib/stores/embedded/embedded-permit-store.js'
import { deferred } from '../../lib/util/deferred.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'

const TTL = 60_000

/** The embedded store behind a gate, which holds each answer of `acquire` back until the spec lets it through. */
class GatedPermitStore extends EmbeddedPermitStore {
  readonly asked = deferred<undefined>()
  readonly gate = deferred<undefined>()

  override async acquire(...args: Parameters<EmbeddedPermitStore['acquire']>) {
    const reply = await super.acquire(...args)
    this.asked.resolve(undefined)
    await this.gate.promise
    return reply
  }
}

describe('the wait for a lock', () => {
  let store: Store

  beforeAll(async () => {
    const embedded = STORES.find(({ store: name }) => name === 'embedded')
    if (embedded === undefined) throw new Error('there is an embedded store')
    store = await embedded.make()
  })
  afterAll(async () => {
    await store.dispose()
  })

  // Where the abort is not noticed, the wait ends half a minute later.
  it('ends at once where its signal is aborted before the store has answered', { timeout: 10_000 }, async () => {
    const permits = new GatedPermitStore(store.url)
    const other = new EmbeddedPermitStore(store.url)
    const logger = new SilentLogger()
    const locks = new Locks(permits, new PermitKeeper(permits, TTL, logger), TTL, logger)
    await other.acquire('lock:busy', [{ holder: 'another', max: 1 }], TTL, 0)
    const stop = new AbortController()
    const waits = locks.lock('busy', { signal: stop.signal })
    await permits.asked.promise
    stop.abort(new Error('no longer needed'))
    permits.gate.resolve(undefined)
    await expect(waits).rejects.toBe(stop.signal.reason)
    await locks.close()
    await other.close()
    await permits.close()
  })
})
