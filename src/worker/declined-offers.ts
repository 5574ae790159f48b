import type { OfferedPermit, PermitStore } from '../stores/permit-store.js'
import { setImmediate } from '../util/timers.js'

/** The offers for one name that are declined in this turn of the event loop. */
interface Declined {
  readonly holders: string[]
  readonly call: Promise<void>
}

/** Declines offers of permits. All offers of one name in one turn of the event loop are one call. Created by the limiter. */
export class DeclinedOffers {
  readonly #pending = new Map<string, Declined>()

  constructor(
    private readonly store: PermitStore,
    /** Called with the offers that the next waiters got. */
    private readonly onOffered: (name: string, offered: readonly OfferedPermit[]) => void,
  ) {}

  /** @throws what the store throws */
  async decline(name: string, holder: string): Promise<void> {
    const pending = this.#pending.get(name)
    if (pending !== undefined) {
      pending.holders.push(holder)
      await pending.call
      return
    }
    const holders = [holder]
    const call = this.#send(name, holders)
    this.#pending.set(name, { holders, call })
    await call
  }

  async #send(name: string, holders: readonly string[]): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    this.#pending.delete(name)
    const offered = await this.store.decline(name, holders)
    if (offered.length > 0) this.onOffered(name, offered)
  }
}
