import { isolated } from '../../isolated.js'

/** The server of a connection has, or may have, another history of writes than the one before. */
export interface HistoryChange {
  /** Id of the history before; null: the server did not tell. */
  readonly from: string | null
  /** Id of the present history; null: the server does not tell. */
  readonly to: string | null
}

type Listener = (change: HistoryChange) => void

/**
 * The history of writes behind the connections of one session: all go to the same master. A master gets a new id of its history
 * (`master_replid`) when it is promoted, and when it is started anew. What it had acknowledged as the one before may be missing
 * then. Created by the session; each connection tells it what it sees when it is opened, before its first call.
 */
export class ServerHistory {
  #id: string | null = null
  /** Number of changes so far. */
  #changes = 0
  /** For each worker of this process the number of changes when it got its lease. */
  readonly #leases = new Map<string, number>()
  readonly #listeners = new Set<Listener>()

  /** The name of the present history; '' where the server does not tell it. */
  get name(): string {
    return this.#id ?? ''
  }

  /** Number of changes so far: another number is another history. */
  get changes(): number {
    return this.#changes
  }

  /** A worker got its lease. @param changes - what {@link changes} was when the call was sent */
  granted(worker: string, changes: number): void {
    this.#leases.set(worker, changes)
  }

  /** A worker has left. */
  ended(worker: string): void {
    this.#leases.delete(worker)
  }

  /** Whether a worker got its lease in another history than the present one. */
  isOver(worker: string): boolean {
    return (this.#leases.get(worker) ?? this.#changes) !== this.#changes
  }

  /**
   * Takes in what a connection sees.
   *
   * @param id - null where the server does not tell: then each reconnection may be a change
   * @param isReconnection - whether the connection was up before
   */
  seen(id: string | null, isReconnection: boolean): void {
    const from = this.#id
    this.#id = id
    const hasChanged = id === null || from === null ? isReconnection : id !== from
    if (hasChanged) this.changed({ from, to: id })
  }

  /** Tells of a change that was seen elsewhere. */
  changed(change: HistoryChange): void {
    this.#changes += 1
    for (const listener of [...this.#listeners]) {
      isolated(() => {
        listener(change)
      })
    }
  }

  /**
   * Calls back, synchronously, when the history has changed: before any call is executed on the connection that has found it.
   * Calls on other connections may be under way.
   *
   * @returns ends that
   */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}
