import type { Clock } from '../../util/clock.js'
import { SYSTEM_CLOCK } from '../../util/clock.js'
import type { Subscription } from '../../util/subscription.js'
import type { AcquireReply, HeldPermit, OfferedPermit, PermitRequest, ReleaseReply } from '../permit-store.js'
import { PermitStore } from '../permit-store.js'
import { acquire } from './locks/acquire.js'
import { decline } from './locks/decline.js'
import { EmbeddedPermitSession } from './locks/embedded-permit-session.js'
import { openInbox } from './locks/open-inbox.js'
import { release } from './locks/release.js'
import { renew } from './locks/renew.js'
import { restore } from './locks/restore.js'
import { sweep } from './locks/sweep.js'
import { StoreHandle } from './store-handle.js'

/**
 * Locks and limits in SQLite, in the database of the leases, so that the renewal of a permit never waits for writers of
 * tasks. Created by the wiring.
 */
export class EmbeddedPermitStore extends PermitStore {
  readonly #handle: StoreHandle
  readonly #session: EmbeddedPermitSession

  /**
   * @param clock - of the store, if it is not open yet
   * @throws {@link InvalidUrlError}
   */
  constructor(url: string, clock: Clock = SYSTEM_CLOCK) {
    super()
    this.#handle = new StoreHandle(url, clock, 'embedded locks')
    this.#session = new EmbeddedPermitSession(this.#handle)
  }

  get heartbeatUrl(): string | null {
    return this.#handle.location.url
  }

  async acquire(name: string, requests: readonly PermitRequest[], ttl: number, waitTtl: number): Promise<AcquireReply> {
    return await acquire(this.#session, name, requests, ttl, waitTtl)
  }

  async restore(name: string, permit: HeldPermit, ttl: number): Promise<boolean> {
    return await restore(this.#session, name, permit, ttl)
  }

  async renew(name: string, holders: readonly string[], ttl: number): Promise<readonly boolean[]> {
    return await renew(this.#session, name, holders, ttl)
  }

  async release(name: string, holder: string, fence: number | null, max: number): Promise<ReleaseReply> {
    return await release(this.#session, name, holder, fence, max)
  }

  override async decline(name: string, holders: readonly string[]): Promise<readonly OfferedPermit[]> {
    return await decline(this.#session, name, holders)
  }

  async sweep(name: string, max: number): Promise<readonly OfferedPermit[]> {
    return await sweep(this.#session, name, max)
  }

  async openInbox(inbox: string, listener: (holder: string | null) => void): Promise<Subscription> {
    return await openInbox(this.#session, inbox, listener)
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}
