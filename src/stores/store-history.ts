/**
 * What a store has recorded so far. After a failover, or a restart, a store may lack what it has acknowledged last: it then goes
 * on with another history. Where queues lie on several servers, those of each server have a history of their own.
 */
export interface StoreHistory {
  /**
   * Whether a worker of this process got its lease, or has left, in another history of its queue than the present one, as far as that
   * is known.
   */
  isOver(worker: string): boolean
  /** Resolves when the store has said which history a queue has now. @throws what a verb throws when it cannot be reached */
  ask(queue: string): Promise<void>
}

/** Of a store that never forgets. */
export const LASTING_HISTORY: StoreHistory = {
  isOver: () => false,
  ask: async () => {
    await Promise.resolve()
  },
}
