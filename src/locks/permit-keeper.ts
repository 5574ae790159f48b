import type { Logger } from '../logging/logger.js'
import { OutageLog } from '../logging/outage-log.js'
import type { PermitStore } from '../stores/permit-store.js'
import type { Permit, PermitListener } from './permit-renewer.js'
import { permitKey, PermitRenewer } from './permit-renewer.js'

/** The heartbeat thread, which can renew permits. */
export interface PermitThread {
  keep(permit: Permit, since: number): void
  drop(permit: Permit): void
}

interface KeptPermit {
  readonly permit: Permit
  /** When it was asked for, on the shared clock. */
  readonly since: number
  readonly onLost: () => void
}

/**
 * Keeps the permits of this process renewed, and tells the owner of a permit when it is lost. Created by the wiring. The
 * main thread renews permits until there is a heartbeat thread.
 */
export class PermitKeeper implements PermitListener {
  readonly #kept = new Map<string, KeptPermit>()
  readonly #renewer: PermitRenewer
  readonly #outage: OutageLog
  #thread: PermitThread | null = null

  constructor(store: PermitStore, ttl: number, logger: Logger) {
    this.#outage = new OutageLog(logger, 'locks are renewed again')
    this.#renewer = new PermitRenewer(store, ttl, this)
  }

  /** Sets the thread that renews the permits; null: the main thread. Permits that are held move there. */
  use(thread: PermitThread | null): void {
    for (const { permit } of this.#kept.values()) this.#endRenewal(permit)
    this.#thread = thread
    for (const { permit, since } of this.#kept.values()) this.#renew(permit, since)
  }

  /** Renews a permit from now on. @param since - when the permit was asked for, on the shared clock */
  keep(permit: Permit, since: number, onLost: () => void): void {
    this.#kept.set(permitKey(permit), { permit, since, onLost })
    this.#renew(permit, since)
  }

  drop(permit: Pick<Permit, 'name' | 'holder'>): void {
    const kept = this.#kept.get(permitKey(permit))
    if (kept === undefined) return
    this.#delete(kept.permit)
    this.#endRenewal(kept.permit)
  }

  /** Called by the renewer, in this thread or in the heartbeat thread, for a permit that it has lost. */
  lost(permit: Permit): void {
    const kept = this.#kept.get(permitKey(permit))
    this.#delete(permit)
    kept?.onLost()
  }

  /** Called by the renewer, as `lost` is. */
  renewed(name: string): void {
    this.#outage.succeeded(name)
  }

  /** Called by the renewer, as `lost` is. */
  failed(name: string, message: string): void {
    // Permits that were dropped meanwhile are not renewed again.
    if (this.#keeps(name)) this.#outage.failed(`locks could not be renewed, will try again: ${message}`, name)
  }

  close(): void {
    this.#renewer.close()
  }

  #keeps(name: string): boolean {
    return [...this.#kept.values()].some(({ permit }) => permit.name === name)
  }

  #delete(permit: Permit): boolean {
    const wasKept = this.#kept.delete(permitKey(permit))
    if (this.#outage.isFailing(permit.name) && !this.#keeps(permit.name)) this.#outage.ended(permit.name)
    return wasKept
  }

  #renew(permit: Permit, since: number): void {
    if (this.#thread) this.#thread.keep(permit, since)
    else this.#renewer.add(permit, since)
  }

  #endRenewal(permit: Permit): void {
    if (this.#thread) this.#thread.drop(permit)
    else this.#renewer.remove(permit)
  }
}
