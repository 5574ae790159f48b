import { sharedClock } from '../util/shared-clock.js'
import type { LockStore } from '../stores/permit-store.js'

/** One place that is held. */
export interface Hold {
  readonly name: string
  readonly holder: string
}

/** Told by {@link Holds}. */
export interface HoldListener {
  /** That place is gone, or could not be renewed in time. */
  lost(hold: Hold): void
  failed(message: string): void
}

interface Kept extends Hold {
  /** When the last renewal that was answered was sent, or the place was asked for. */
  renewedAt: number
}

/**
 * Renews what is held, together, three times within its time to live. Made where renewals leave from: in the heartbeat
 * thread of a worker, so that a job which blocks the event loop keeps its locks, else in the main thread.
 */
export class Holds {
  readonly #kept = new Map<string, Kept>()
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly store: LockStore,
    /** ms */
    private readonly ttl: number,
    private readonly listener: HoldListener,
  ) {}

  /** @param since - when the place was asked for, on the shared clock */
  add(hold: Hold, since = sharedClock()): void {
    this.#kept.set(keyOf(hold), { ...hold, renewedAt: since })
    this.#timer ??= setInterval(() => void this.#beat(), Math.max(10, Math.floor(this.ttl / 3)))
  }

  remove(hold: Hold): void {
    this.#kept.delete(keyOf(hold))
    if (this.#kept.size === 0) this.close()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #beat(): Promise<void> {
    const names = new Map<string, Kept[]>()
    for (const kept of this.#kept.values()) names.set(kept.name, [...(names.get(kept.name) ?? []), kept])
    await Promise.all([...names].map(([name, kept]) => this.#renew(name, kept)))
  }

  async #renew(name: string, kept: readonly Kept[]): Promise<void> {
    const sentAt = sharedClock()
    const left = Math.min(...kept.map(({ renewedAt }) => renewedAt)) + this.ttl - sentAt
    // No answer by then is as good as a no. After a stall of our own the store still has a word: it may be ours yet.
    const late = setTimeout(
      () => {
        this.#loseOverdue(kept)
      },
      left > 0 ? left : this.ttl / 3,
    )
    try {
      const held = await this.store.renew(
        name,
        kept.map(({ holder }) => holder),
        this.ttl,
      )
      kept.forEach((each, i) => {
        if (held[i] === true) each.renewedAt = sentAt
        else this.#lose(each)
      })
    } catch (error) {
      this.listener.failed(error instanceof Error ? error.message : String(error))
      this.#loseOverdue(kept)
    } finally {
      clearTimeout(late)
    }
  }

  #loseOverdue(kept: readonly Kept[]): void {
    // Timers are up to 1 ms early.
    const last = sharedClock() - this.ttl + 1
    for (const each of kept) if (each.renewedAt <= last) this.#lose(each)
  }

  #lose(kept: Kept): void {
    if (this.#kept.get(keyOf(kept)) !== kept) return
    this.remove(kept)
    this.listener.lost({ name: kept.name, holder: kept.holder })
  }
}

function keyOf({ name, holder }: Hold): string {
  return `${name}\n${holder}`
}
