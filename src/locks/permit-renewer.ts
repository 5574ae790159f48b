import type { HeldPermit, PermitStore } from '../stores/permit-store.js'
import { sharedClock } from '../util/clock.js'
import { errorMessage } from '../util/thrown.js'
import { deadline } from '../util/deadline.js'
import { clearInterval, setInterval } from '../util/timers.js'

/** A permit that this process holds. */
export interface Permit extends HeldPermit {
  readonly name: string
}

/** Receives what {@link PermitRenewer} reports. */
export interface PermitListener {
  /** The permit has expired, or could not be renewed in time. */
  lost(permit: Permit): void
  /** The store has answered the renewal of the permits of a name. */
  renewed(name: string): void
  /** The renewal of the permits of a name has failed. It is tried again. */
  failed(name: string, message: string): void
}

interface RenewedPermit extends Permit {
  /** When the last successful renewal was sent, or else when the permit was asked for. On the shared clock. */
  renewedAt: number
  /** How often the history of its name had changed when the store had the permit. */
  changes: number
}

/**
 * Renews all permits in one call, three times within their time to live. In a worker it runs in the heartbeat thread, so that
 * a job which blocks the event loop keeps its locks. In other processes it runs in the main thread. Once the history of the store has
 * changed, a permit is granted anew: the store may have forgotten it, or have offered it to its own holder as to a waiter.
 */
export class PermitRenewer {
  readonly #permits = new Map<string, RenewedPermit>()
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly store: PermitStore,
    /** Time to live of a permit without renewal, ms. */
    private readonly ttl: number,
    private readonly listener: PermitListener,
  ) {
    // At once: nobody else should get what is held.
    store.onHistoryChange(() => void this.#renew(({ name, changes }) => changes !== store.historyChanges(name)))
  }

  /** Renews a permit from now on. @param since - when the permit was asked for, on the shared clock */
  add(permit: Permit, since = sharedClock()): void {
    this.#permits.set(permitKey(permit), {
      ...permit,
      renewedAt: since,
      changes: this.store.historyChanges(permit.name),
    })
    this.#timer ??= setInterval(() => void this.#renew(() => true), Math.max(10, Math.floor(this.ttl / 3)))
  }

  remove(permit: Permit): void {
    this.#permits.delete(permitKey(permit))
    if (this.#permits.size === 0) this.close()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #renew(isMeant: (permit: RenewedPermit) => boolean): Promise<void> {
    const byName = new Map<string, RenewedPermit[]>()
    for (const permit of [...this.#permits.values()].filter(isMeant)) {
      byName.set(permit.name, [...(byName.get(permit.name) ?? []), permit])
    }
    await Promise.all([...byName].map(([name, permits]) => this.#renewOf(name, permits)))
  }

  async #renewOf(name: string, permits: readonly RenewedPermit[]): Promise<void> {
    const sentAt = sharedClock()
    const changes = this.store.historyChanges(name)
    const left = Math.min(...permits.map(({ renewedAt }) => renewedAt)) + this.ttl - sentAt
    // A permit without an answer by its expiry is lost. After a stall of this process it may be overdue by this clock and
    // still valid in the store, so the store gets some time to answer.
    const late = deadline(
      () => {
        this.#loseOverdue(permits)
      },
      left > 0 ? left : this.ttl / 3,
    )
    try {
      const held = await this.store.renew(
        name,
        permits.map(({ holder }) => holder),
        this.ttl,
      )
      this.listener.renewed(name)
      for (const [i, permit] of permits.entries()) {
        const isKnown = permit.changes === this.store.historyChanges(name)
        if (isKnown ? held[i] === true : await this.store.restore(name, permit, this.ttl)) {
          permit.renewedAt = sentAt
          permit.changes = changes
        } else this.#lose(permit)
      }
    } catch (error) {
      this.listener.failed(name, errorMessage(error))
      this.#loseOverdue(permits)
    } finally {
      late.clear()
    }
  }

  #loseOverdue(permits: readonly RenewedPermit[]): void {
    // A timer may fire up to 1 ms early.
    const limit = sharedClock() - this.ttl + 1
    for (const permit of permits) if (permit.renewedAt <= limit) this.#lose(permit)
  }

  #lose(permit: RenewedPermit): void {
    if (this.#permits.get(permitKey(permit)) !== permit) return
    this.remove(permit)
    const { name, holder, fence, max } = permit
    this.listener.lost({ name, holder, fence, max })
  }
}

/** Key of a permit within one process. */
export function permitKey({ name, holder }: Pick<Permit, 'name' | 'holder'>): string {
  return `${name}\n${holder}`
}
