import type { Logger } from '../logging/logger.js'
import type { PermitStore } from '../stores/permit-store.js'
import type { Permit } from './permit-renewer.js'
import { permitKey, PermitRenewer } from './permit-renewer.js'

/** The heartbeat thread, which can renew permits. */
export interface PermitThread {
  keep(permit: Permit, since: number): void
  drop(permit: Permit): void
}

/**
 * Keeps the permits of this process renewed, and tells the owner of a permit when it is lost. Created by the wiring. The
 * main thread renews permits until there is a heartbeat thread.
 */
export class PermitKeeper {
  readonly #onLost = new Map<string, () => void>()
  readonly #renewer: PermitRenewer
  #thread: PermitThread | null = null

  constructor(store: PermitStore, ttl: number, logger: Logger) {
    this.#renewer = new PermitRenewer(store, ttl, {
      lost: (permit) => {
        this.lost(permit)
      },
      failed: (message) => {
        logger.warn(`locks could not be renewed, will try again: ${message}`)
      },
    })
  }

  /** Sets the thread that renews the permits that are added from now on; null: the main thread. */
  use(thread: PermitThread | null): void {
    this.#thread = thread
  }

  /** Renews a permit from now on. @param since - when the permit was asked for, on the shared clock */
  keep(permit: Permit, since: number, onLost: () => void): void {
    this.#onLost.set(permitKey(permit), onLost)
    if (this.#thread) this.#thread.keep(permit, since)
    else this.#renewer.add(permit, since)
  }

  drop(permit: Permit): void {
    if (!this.#onLost.delete(permitKey(permit))) return
    this.#thread?.drop(permit)
    this.#renewer.remove(permit)
  }

  /** Called by the renewer, in this thread or in the heartbeat thread, for a permit that it has lost. */
  lost(permit: Permit): void {
    const onLost = this.#onLost.get(permitKey(permit))
    this.#onLost.delete(permitKey(permit))
    onLost?.()
  }

  close(): void {
    this.#renewer.close()
  }
}
