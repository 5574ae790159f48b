import type { Subscription } from '../../util/subscription.js'
import type { AcquireReply, HeldPermit, OfferedPermit, PermitRequest, ReleaseReply } from '../permit-store.js'
import { PermitStore } from '../permit-store.js'
import type { StoreOptions } from '../../model/store-options.js'
import { readRedisUrl } from './connection/redis-url.js'
import { acquire } from './locks/acquire.js'
import { decline } from './locks/decline.js'
import { openInbox } from './locks/open-inbox.js'
import { RedisPermitSession } from './locks/redis-permit-session.js'
import { release } from './locks/release.js'
import { renew } from './locks/renew.js'
import { restore } from './locks/restore.js'
import { sweep } from './locks/sweep.js'

/** Locks and limits in Redis. Created by the wiring; connects on first use. Each verb is a file of `locks/`. */
export class RedisPermitStore extends PermitStore {
  readonly #session: RedisPermitSession

  /** @throws {@link InvalidUrlError} */
  constructor(url: string, options?: StoreOptions) {
    super()
    this.#session = new RedisPermitSession(readRedisUrl(url, options))
  }

  get heartbeatUrl(): string {
    return this.#session.location.url
  }

  async acquire(name: string, requests: readonly PermitRequest[], ttl: number, waitTtl: number): Promise<AcquireReply> {
    return await acquire(this.#session, name, requests, ttl, waitTtl)
  }

  override historyChanges(name: string): number {
    return this.#session.changesOf(name)
  }

  override onHistoryChange(listener: () => void): () => void {
    return this.#session.histories.onChange(() => {
      listener()
    })
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
    await this.#session.close()
  }
}
