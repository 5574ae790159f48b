import type { Redis } from 'ioredis'
import { textOf } from '../layout/bytes.js'
import type { ScriptCall } from '../scripts/script.js'
import { findWrongKey } from './find-wrong-key.js'
import type { Link } from './link.js'
import { pauseUntil } from './pause-until.js'
import { isUnanswered, isWrongType, lateSince } from './redis-errors.js'
import type { Turn, Turns } from './turns.js'
import { performance } from '../../../util/timers.js'

/** Time for which the server accepts a copy of a call, ms: less than the silence after which the call is sent again. */
const CALL_TTL = 4_000

/** One copy of a call that was sent. */
export interface Copy {
  readonly link: Link
  /** When it was made, by the local clock. */
  readonly madeAt: number
  /** Its size, near enough. */
  readonly bytes: number
  /** Time by the server's clock after which the server refuses the copy, ms. */
  readonly deadline: number
  /** The same time by the local clock. It is wrong if the server's clock was set meanwhile. */
  readonly localDeadline: number
}

/** A connection to one server, as the copies of a call need it. */
export interface Carrier {
  readonly redis: Redis
  /** The URL without its password. */
  readonly address: string

  /** Whether the server's time is known in the present TCP connection. */
  readonly isGreeted: boolean

  /** Asks the server for its time, once in each TCP connection. */
  greet(): Promise<void>

  /**
   * Makes a copy of a call for the present TCP connection.
   *
   * @param ttl - time for which the copy counts, besides the time that its bytes and those before it need, ms
   * @param now - the local time
   */
  copyOf(call: ScriptCall, ttl: number, now: number): Copy

  /** Sends a copy of a call, once. @param isAsking - the node does not have the slot yet, see `asking.ts` */
  send(call: ScriptCall, copy: Copy, isAsking?: boolean): Promise<unknown>

  /**
   * Resolves when the server can no longer execute an unanswered copy.
   *
   * @param since - local time of the first attempt
   * @throws {@link BrokerUnreachableError} when the time of the call is over before that
   */
  outlive(copy: Copy, since: number): Promise<void>

  /** The same for a server that the call is not sent to any more. It need not answer. */
  outliveApart(copy: Copy): Promise<void>

  /** Sends something, and counts its bytes until it is answered. */
  carry<T>(bytes: number, send: () => Promise<T>): Promise<T>
}

/** A copy, and the connection that it was sent on. */
interface Sent {
  readonly connection: Carrier
  readonly copy: Copy
}

/**
 * Sends the copies of one call, one after the other. A connection makes it for each call of a script.
 *
 * The network may deliver a copy of a call long after another copy was answered. So each copy has a deadline by the server's
 * clock, after which its script refuses it. No further copy is sent, and the call is not failed, while an earlier copy could
 * still be executed: either the server has closed the connection of that copy, or the copy's deadline has passed.
 */
export class Delivery {
  #isFirst = true
  #ttl = CALL_TTL
  /** The last copy. */
  #sent: Sent | null = null
  /** The same where it was cut off. */
  #unanswered: Sent | null = null
  readonly #turn: Turn | null

  /**
   * @param turns - of the calls on the same connection
   * @param again - the call of each further attempt, where it differs
   * @param isVoid - whether what an earlier connection's server still executes is lost anyway, for the next connection's
   */
  constructor(
    private call: ScriptCall,
    turns: Turns,
    private readonly again: (() => ScriptCall) | undefined,
    private readonly isVoid?: (earlier: Carrier, next: Carrier) => boolean,
  ) {
    this.#turn = turns.take(call)
  }

  /**
   * Sends the first copy before it returns, where nothing has to come before it, as nearly always. Its error is for
   * {@link Delivery.failed}.
   *
   * @param now - the local time
   * @returns null where something has: then nothing was sent
   */
  sendNow(connection: Carrier, now: number): Promise<unknown> | null {
    if (!connection.isGreeted || this.#turn?.isNext === false) return null
    try {
      return this.#send(connection, now)
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the check has thrown
      return Promise.reject(error)
    }
  }

  /** The answer takes the long way, so that those of later calls must not take a shorter one. */
  detour(): void {
    this.#turn?.detour()
  }

  /** The caller has the answer, or the error. */
  ended(): void {
    this.#turn?.ended()
  }

  /** Sends a copy, when it is its turn. @param since - local time of the first attempt */
  async sendOn(connection: Carrier, since: number, isAsking?: boolean): Promise<unknown> {
    try {
      await this.#prepare(connection, since)
      return await this.#send(connection, performance.now(), isAsking)
    } catch (error) {
      throw await this.failed(error)
    }
  }

  /** The call has to be sent again, or has ended. @returns the error of the copy, explained */
  async failed(error: unknown): Promise<unknown> {
    this.#turn?.failed()
    const sent = this.#sent
    this.#sent = null
    if (!sent) return error
    if (isUnanswered(error)) this.#unanswered = sent
    if (lateSince(error) !== null) this.#ttl *= 2
    if (!isWrongType(error)) return error
    const { redis, address } = sent.connection
    return await findWrongKey(redis, address, this.call.keys.map(textOf))
  }

  /** The call is answered, or is not sent again. Later ones wait for it no more. */
  over(): void {
    this.#turn?.over()
  }

  /** Resolves when a copy may be sent on the present TCP connection. */
  async #prepare(connection: Carrier, since: number): Promise<void> {
    if (!connection.isGreeted) await connection.greet()
    if (this.#unanswered) {
      const { connection: earlier, copy } = this.#unanswered
      if (earlier === connection) await connection.outlive(copy, since)
      else if (this.isVoid?.(earlier, connection) !== true) await earlier.outliveApart(copy)
      this.#unanswered = null
      // The connection may have been lost meanwhile.
      await connection.greet()
    }
    while (this.#turn?.mustWait === true) {
      await this.#turn.changed()
      await connection.greet()
    }
  }

  /** @throws what the check of the call throws */
  #send(connection: Carrier, now: number, isAsking?: boolean): Promise<unknown> {
    if (!this.#isFirst && this.again) this.call = this.again()
    this.call.check?.()
    this.#isFirst = false
    const copy = connection.copyOf(this.call, this.#ttl, now)
    this.#sent = { connection, copy }
    const answer = connection.send(this.call, copy, isAsking)
    this.#turn?.over()
    return answer
  }

  /** Resolves when no copy can be executed any more. */
  async outliveLast(): Promise<void> {
    if (this.#unanswered) await pauseUntil(this.#unanswered.copy.localDeadline)
  }
}
