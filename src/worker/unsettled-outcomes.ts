import { LARGE_PAYLOAD } from '../stores/policy.js'
import { SetAside } from './set-aside.js'
import type { Unsettled } from './settle-sender.js'

/**
 * The outcomes of a claim loop that no call has taken yet. A large one goes in a call of its own on the second lane: over a slow
 * network it takes long, and small ones need not wait for it.
 */
export class UnsettledOutcomes {
  #small: Unsettled[] = []
  readonly #large: Unsettled[] = []
  readonly #setAside: SetAside

  /** @param again - called when an outcome that was set aside is to be sent again */
  constructor(again: () => void) {
    this.#setAside = new SetAside((outcome) => {
      this.add(outcome)
      again()
    })
  }

  get hasSmall(): boolean {
    return this.#small.length > 0
  }

  /** Number of large ones that wait. */
  get large(): number {
    return this.#large.length
  }

  /** Whether none waits, but for those that were set aside. */
  get isEmpty(): boolean {
    return this.#small.length + this.#large.length === 0
  }

  /** Number of those that the store refused for good. They may be refused for ever. */
  get setAsideCount(): number {
    return this.#setAside.count
  }

  /** Whether the next outcome has to be sent by itself, to find the one that is refused. */
  get isAlone(): boolean {
    return this.#small[0] !== undefined && this.#small[0].stage !== 'together'
  }

  add(outcome: Unsettled): void {
    if (isLarge(outcome)) this.#large.push(outcome)
    else this.#small.push(outcome)
  }

  addFirst(...outcomes: readonly Unsettled[]): void {
    this.#small.unshift(...outcomes)
  }

  /** Keeps an outcome for a later try, which nothing waits for. */
  setAside(outcome: Unsettled): void {
    this.#setAside.add(outcome)
  }

  /** All that were set aside are to be sent at once. */
  takeBack(): void {
    for (const outcome of this.#setAside.takeAll()) this.add(outcome)
  }

  /** Takes the outcomes of the next call: the first one where it goes alone; else all before the next one that does. */
  take(): readonly Unsettled[] {
    const next = this.#small.findIndex(({ stage }) => stage !== 'together')
    if (next >= 0) return this.#small.splice(0, Math.max(next, 1))
    const all = this.#small
    this.#small = []
    return all
  }

  takeLarge(): Unsettled | undefined {
    return this.#large.shift()
  }

  /** All of them, those that were set aside as well. */
  all(): readonly Unsettled[] {
    return [...this.#small, ...this.#setAside.all(), ...this.#large]
  }

  /** Takes all of them. */
  clear(): readonly Unsettled[] {
    return [...this.#small.splice(0), ...this.#setAside.takeAll(), ...this.#large.splice(0)]
  }
}

/** Whether an outcome goes in a call of its own. */
export function isLarge({ end, stage }: Unsettled): boolean {
  return stage === 'together' && end.kind !== 'release' && end.outcome.length >= LARGE_PAYLOAD
}
