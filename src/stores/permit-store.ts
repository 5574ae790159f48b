import type { Subscription } from '../util/subscription.js'

/** Who wants a place, and how many places there are. */
export interface LockRequest {
  /** Unique among all who ever want this lock. What stands before its first `/` names the inbox that is told. */
  readonly holder: string
  /** Most holders at once; 1 for a lock. */
  readonly max: number
}

/** What became of a {@link LockRequest}. */
export interface LockAnswer {
  /** Grows with every grant of this name; null: every place is taken. */
  readonly fence: number | null
  /** ms until the first of the present holders is over, unless it is renewed; 0 when granted. */
  readonly retryIn: number
}

/** A place that was set aside for someone who waits. It is taken by an `acquire`, or is over soon. */
export interface Reserved {
  readonly holder: string
  readonly fence: number
}

export interface AcquireReply {
  /** In the order of the requests. */
  readonly answers: readonly LockAnswer[]
  readonly reserved: readonly Reserved[]
}

export interface ReleaseReply {
  /** False for one that was not held any more, or under another fence. */
  readonly released: boolean
  readonly reserved: readonly Reserved[]
}

/**
 * Places under a name that are held for as long as their holders live: with one place a lock, with several a limit.
 * Contract; `redis-permit-store.ts` and `embedded-lock-store.ts` keep it and pass one conformance suite.
 *
 * Holders come in the order in which they began to wait. Every verb is atomic, takes its time from the store and may be
 * sent twice. What is not renewed within its `ttl` is over.
 */
export abstract class LockStore {
  /** How the heartbeat thread reaches the same store; null where only this process does. */
  abstract readonly heartbeatUrl: string | null

  /**
   * Takes places, or waits in line for them. A holder that has a place keeps it, under a new fence.
   *
   * @param ttl - ms that a grant lasts unless it is renewed
   * @param patience - ms for which a refused holder keeps its place in line; 0: it does not wait
   */
  abstract acquire(name: string, requests: readonly LockRequest[], ttl: number, patience: number): Promise<AcquireReply>

  /** Extends what is held. In order: false for one that is over. */
  abstract renew(name: string, holders: readonly string[], ttl: number): Promise<readonly boolean[]>

  /**
   * Gives a place, or a place in line, up.
   *
   * @param fence - of the grant that ends; null: whatever it is
   * @param max - how many places there are
   */
  abstract release(name: string, holder: string, fence: number | null, max: number): Promise<ReleaseReply>

  /** Sets free places aside for those who wait: for after a holder has died. */
  abstract sweep(name: string, max: number): Promise<readonly Reserved[]>

  /** Hears which of an inbox's holders have a place set aside; null: it may have missed some. In force when it resolves. */
  abstract openInbox(inbox: string, listener: (holder: string | null) => void): Promise<Subscription>

  /** Safe to call twice. */
  abstract close(): Promise<void>
}

/** A place that was set aside is over after this, ms. */
export const RESERVED_FOR = 5_000
