/** What a server tells of its history of writes. */
export interface HistoryName {
  /** '' where the server does not tell it. */
  readonly name: string
  /** The history that this one goes on from, without some of its latest writes perhaps: the server was a replica then. '': none. */
  readonly before: string
}

/** The servers of which keys have another history than before. */
export type Concerns = (key: string) => boolean

/**
 * The histories of writes behind the connections of one session. A single server has one for all keys. In a cluster each master has
 * its own, and a key has that of the master of its slot.
 */
export interface Histories {
  /** The name of the history of a key. */
  nameOf(key: string): HistoryName

  /** Number of changes of the history of a key so far: another number is another history. */
  changesOf(key: string): number

  /**
   * Calls back, synchronously, when the history of keys has changed: before any call is executed on the connection that has found it.
   * Calls on other connections may be under way.
   *
   * @param listener - gets which keys are concerned; null: all
   * @returns ends that
   */
  onChange(listener: (concerns: Concerns | null) => void): () => void
}
