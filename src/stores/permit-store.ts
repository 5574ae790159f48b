import type { Subscription } from '../util/subscription.js'

/** A request for one of the permits of a name. */
export interface PermitRequest {
  /** Unique among all holders that ever request this permit. The part before the first `/` names the inbox that gets offers. */
  readonly holder: string
  /** Number of permits that the name has; 1 for a lock. */
  readonly max: number
}

/** The answer to a {@link PermitRequest}. */
export interface PermitAnswer {
  /** Grows with every grant of this name; null: all permits are taken. */
  readonly fence: number | null
  /** ms until the first of the present permits expires, unless it is renewed; 0 when granted. */
  readonly retryIn: number
}

/** A permit that its holder has, and that the store may have forgotten. */
export interface HeldPermit {
  readonly holder: string
  readonly fence: number
  /** Number of permits that the name has. */
  readonly max: number
}

/** A permit that is kept for a waiter. The waiter takes it by `acquire`; otherwise it soon expires. */
export interface OfferedPermit {
  readonly holder: string
  readonly fence: number
}

export interface AcquireReply {
  /** In the order of the requests. */
  readonly answers: readonly PermitAnswer[]
  readonly offered: readonly OfferedPermit[]
}

export interface ReleaseReply {
  /** False for a permit that was not held any more, or was held under another fence. */
  readonly released: boolean
  readonly offered: readonly OfferedPermit[]
}

/**
 * Contract of permits. Permits belong to a name, and each is valid for as long as its holder renews it. A name with one
 * permit is a lock, a name with several is a limit. Each engine below `stores/` implements the contract, and all pass one
 * conformance suite.
 *
 * Waiters are served in the order in which they began to wait. One that cannot be told of an offer, since its process has ended, is
 * passed over, and keeps its place. One that does not take an offer in time goes behind the others. Every verb is atomic, uses the store's clock and can be sent
 * twice. A permit that is not renewed within its `ttl` expires.
 */
export abstract class PermitStore {
  /** URL under which the heartbeat thread opens the same store; null when the store exists in this process only. */
  abstract readonly heartbeatUrl: string | null

  /**
   * Requests permits, or becomes a waiter for them. A holder that has a permit keeps it, under a new fence.
   *
   * @param ttl - ms until a granted permit expires, unless it is renewed
   * @param waitTtl - ms for which a refused holder stays among the waiters; 0: it does not wait
   */
  abstract acquire(
    name: string,
    requests: readonly PermitRequest[],
    ttl: number,
    waitTtl: number,
  ): Promise<AcquireReply>

  /**
   * How often the history of the store has changed that has the permits of a name, as far as that is known: it may lack what it
   * acknowledged last. Default: never, as for a store that forgets nothing.
   */
  historyChanges(_name: string): number {
    return 0
  }

  /** Calls back when {@link historyChanges} of any name has grown. @returns ends that */
  onHistoryChange(_listener: () => void): () => void {
    return () => undefined
  }

  /**
   * Grants a permit anew that the store may have forgotten, under its fence, unless all permits are taken, or the holder has one under a
   * later fence. The holder waits no more. @returns whether it is held
   */
  abstract restore(name: string, permit: HeldPermit, ttl: number): Promise<boolean>

  /** Extends permits. In order: false for one that has expired. */
  abstract renew(name: string, holders: readonly string[], ttl: number): Promise<readonly boolean[]>

  /**
   * Releases a permit, or stops waiting for one.
   *
   * @param fence - fence of the permit; null: any
   * @param max - number of permits that the name has
   */
  abstract release(name: string, holder: string, fence: number | null, max: number): Promise<ReleaseReply>

  /**
   * Gives up the offers of waiters, which wait no more: the next waiters get these offers. Does nothing to a waiter without an offer, or to
   * a permit that was taken. The caller need not know how many permits the name has. Default: offers stay until they expire.
   *
   * @returns the offers to the next waiters
   */
  decline(_name: string, _holders: readonly string[]): Promise<readonly OfferedPermit[]> {
    return Promise.resolve([])
  }

  /** Offers free permits to waiters. Needed after a holder has died. */
  abstract sweep(name: string, max: number): Promise<readonly OfferedPermit[]>

  /**
   * Subscribes to the offers for an inbox. The listener gets the holder of each offer; null: offers may have been missed. The
   * subscription is in force when this resolves.
   */
  abstract openInbox(inbox: string, listener: (holder: string | null) => void): Promise<Subscription>

  /** Safe to call twice. */
  abstract close(): Promise<void>
}
