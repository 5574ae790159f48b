import { LARGE_OUTCOME } from '../stores/policy.js'
import type { Unsettled } from './settle-sender.js'

/**
 * The outcomes of a claim loop that no call has taken yet. A large one goes in a call of its own on the second lane: over a slow
 * network it takes long, and small ones need not wait for it.
 */
export class UnsettledOutcomes {
  #small: Unsettled[] = []
  readonly #large: Unsettled[] = []
  /** Outcomes that are sent again after the pause of claims. */
  readonly #setAside: Unsettled[] = []

  get hasSmall(): boolean {
    return this.#small.length > 0
  }

  /** Number of large ones that wait. */
  get large(): number {
    return this.#large.length
  }

  get isEmpty(): boolean {
    return this.#small.length + this.#large.length + this.#setAside.length === 0
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

  setAside(outcome: Unsettled): void {
    this.#setAside.push(outcome)
  }

  /** The pause is over. */
  takeBack(): void {
    this.#small.unshift(...this.#setAside.splice(0))
  }

  /** Takes the outcomes of the next call. */
  take(): readonly Unsettled[] {
    if (this.isAlone) return this.#small.splice(0, 1)
    const all = this.#small
    this.#small = []
    return all
  }

  takeLarge(): Unsettled | undefined {
    return this.#large.shift()
  }

  /** Takes all of them. */
  clear(): readonly Unsettled[] {
    return [...this.#small.splice(0), ...this.#setAside.splice(0), ...this.#large.splice(0)]
  }
}

function isLarge({ end, stage }: Unsettled): boolean {
  return stage === 'together' && end.kind !== 'release' && end.outcome.length >= LARGE_OUTCOME
}
