import type { Logger } from '../logging/logger.js'
import type { Hold } from './permit-renewer.js'
import { Holds } from './permit-renewer.js'
import type { LockStore } from '../stores/permit-store.js'

/** Where else renewals leave from: the heartbeat thread. */
export interface HoldThread {
  keep(hold: Hold, since: number): void
  drop(hold: Hold): void
}

/**
 * Keeps what this process holds, and tells when it is lost. Made by the wiring. Renewals leave from the main thread until
 * there is a heartbeat thread.
 */
export class HoldKeeper {
  readonly #lost = new Map<string, () => void>()
  readonly #holds: Holds
  #thread: HoldThread | null = null

  constructor(store: LockStore, ttl: number, logger: Logger) {
    this.#holds = new Holds(store, ttl, {
      lost: (hold) => {
        this.lost(hold)
      },
      failed: (message) => {
        logger.warn(`locks could not be renewed, will try again: ${message}`)
      },
    })
  }

  /** From now on renewals leave from there. */
  use(thread: HoldThread): void {
    this.#thread = thread
  }

  /** @param since - when it was asked for, on the shared clock */
  keep(hold: Hold, since: number, onLost: () => void): void {
    this.#lost.set(keyOf(hold), onLost)
    if (this.#thread) this.#thread.keep(hold, since)
    else this.#holds.add(hold, since)
  }

  drop(hold: Hold): void {
    if (!this.#lost.delete(keyOf(hold))) return
    this.#thread?.drop(hold)
    this.#holds.remove(hold)
  }

  /** Said by whoever renews. */
  lost(hold: Hold): void {
    const onLost = this.#lost.get(keyOf(hold))
    this.#lost.delete(keyOf(hold))
    onLost?.()
  }

  close(): void {
    this.#holds.close()
  }
}

function keyOf({ name, holder }: Hold): string {
  return `${name}\n${holder}`
}
