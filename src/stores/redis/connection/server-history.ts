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
  readonly #listeners = new Set<Listener>()

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
