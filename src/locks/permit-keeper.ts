import type { Logger } from '../logging/logger.js'
import type { PermitStore } from '../stores/permit-store.js'
import type { Permit } from './permit-renewer.js'
import { permitKey, PermitRenewer } from './permit-renewer.js'

/** The heartbeat thread, as a place from which renewals leave. */
export interface PermitThread {
  keep(permit: Permit, since: number): void
  drop(permit: Permit): void
}

/**
 * Keeps the permits of this process renewed, and reports a lost one to its owner. Created by the wiring. Renewals leave from
 * the main thread until there is a heartbeat thread.
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

  /** From now on, renewals of new permits leave from this thread; null: from the main thread. */
  use(thread: PermitThread | null): void {
    this.#thread = thread
  }

  /** @param since - when the permit was asked for, on the shared clock */
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
