import { createHmac, randomBytes } from 'node:crypto'
import { TooManyAttemptsError } from '../../errors.js'
import { performance } from '../../util/timers.js'

/** Attempts that may fail at once, and the time after which there is one more, ms. */
interface Allowance {
  readonly most: number
  readonly refill: number
}

const OF_PLACE: Allowance = { most: 10, refill: 10_000 }
const OF_ALL: Allowance = { most: 100, refill: 1_000 }
/** Most places that are remembered. Of more than these, the one that has tried least lately is forgotten: the limit of all holds. */
const MOST_PLACES = 10_000

const MOST_PROVEN = 1_000

/** Attempts that are left, at a time. */
interface Left {
  readonly attempts: number
  readonly at: number
}

/**
 * Limits the attempts to log in that fail: of one place, and of all. Whoever has logged in does not come here, and a password or token
 * that was right in this process is known again, so that nobody who fails locks out others.
 */
export class LoginLimit {
  readonly #places = new Map<string, Left>()
  #all: Left = { attempts: OF_ALL.most, at: 0 }
  readonly #key = randomBytes(32)
  /** Digests of what was right, so one a user and token. */
  readonly #proven = new Set<string>()

  /**
   * Makes an attempt, and counts it until it has succeeded: attempts that run at the same time count as well.
   *
   * @param secret - all that is sent to log in
   * @throws {@link TooManyAttemptsError} where too many have failed
   */
  async attempt<T>(place: string, secret: string, check: () => T | null | Promise<T | null>): Promise<T | null> {
    const digest = createHmac('sha256', this.#key).update(secret).digest('base64')
    if (this.#proven.has(digest)) return await check()
    this.#take(place)
    const found = await check()
    if (found === null) return null
    // The same token can be spelled with more blanks around it.
    if (this.#proven.size >= MOST_PROVEN) this.#proven.clear()
    this.#proven.add(digest)
    this.#giveBack(place)
    return found
  }

  #take(place: string): void {
    const now = performance.now()
    const ofPlace = after(this.#places.get(place), OF_PLACE, now)
    const ofAll = after(this.#all, OF_ALL, now)
    const wait = Math.max(waitFor(ofPlace, OF_PLACE), waitFor(ofAll, OF_ALL))
    if (wait > 0) throw new TooManyAttemptsError(wait)
    this.#remember(place, { ...ofPlace, attempts: ofPlace.attempts - 1 })
    this.#all = { ...ofAll, attempts: ofAll.attempts - 1 }
  }

  #giveBack(place: string): void {
    const ofPlace = this.#places.get(place)
    if (ofPlace !== undefined) this.#remember(place, { ...ofPlace, attempts: ofPlace.attempts + 1 })
    this.#all = { ...this.#all, attempts: this.#all.attempts + 1 }
  }

  /** The places stay in the order of their last attempts. */
  #remember(place: string, left: Left): void {
    this.#places.delete(place)
    if (left.attempts >= OF_PLACE.most) return
    this.#places.set(place, left)
    const [oldest] = this.#places.keys()
    if (this.#places.size > MOST_PLACES && oldest !== undefined) this.#places.delete(oldest)
  }
}

/** What is left at a later time. */
function after(left: Left | undefined, { most, refill }: Allowance, now: number): Left {
  if (left === undefined) return { attempts: most, at: now }
  return { attempts: Math.min(most, left.attempts + (now - left.at) / refill), at: now }
}

/** ms until there is an attempt; 0: there is one. */
function waitFor({ attempts }: Left, { refill }: Allowance): number {
  return attempts >= 1 ? 0 : (1 - attempts) * refill
}
