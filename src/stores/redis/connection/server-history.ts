import { ChangeListeners } from './change-listeners.js'
import type { Concerns, Histories, HistoryName } from './histories.js'

/**
 * The history of writes of one server. A master gets a new id of its history (`master_replid`) when it is promoted, and when it is
 * started anew. What it had acknowledged as the one before may be missing then. Each connection to the server tells it what it sees
 * when it is opened, before its first call.
 */
export class ServerHistory implements Histories {
  /** null: the server did not tell. */
  #name: HistoryName | null = null
  #changes = 0
  readonly #listeners = new ChangeListeners()

  nameOf(): HistoryName {
    return this.#name ?? { name: '', before: '' }
  }

  changesOf(): number {
    return this.#changes
  }

  /**
   * Takes in what a connection sees.
   *
   * @param name - null where the server does not tell: then each reconnection may be a change
   * @param isReconnection - whether the connection was up before
   */
  seen(name: HistoryName | null, isReconnection: boolean): void {
    const last = this.#name
    this.#name = name
    const hasChanged = name === null || last === null ? isReconnection : name.name !== last.name
    if (!hasChanged) return
    this.#changes += 1
    this.#listeners.tell(null)
  }

  onChange(listener: (concerns: Concerns | null) => void): () => void {
    return this.#listeners.add(listener)
  }
}
