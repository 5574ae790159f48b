/** A lock that is held. Frees itself with `await using`. */
export class Lock implements AsyncDisposable {
  readonly #lost = new AbortController()
  #released: Promise<boolean> | null = null

  constructor(
    /** Its name. */
    readonly name: string,
    /** Grows with every time that somebody gets this lock: for fencing one's own writes. */
    readonly fence: number,
    private readonly giveUp: () => Promise<boolean>,
  ) {}

  /** Aborted when the lock was lost: it could not be renewed in time, and somebody else may have it. */
  get signal(): AbortSignal {
    return this.#lost.signal
  }

  /** Gives the lock up. Safe to call twice. @returns false when it was lost before */
  async release(): Promise<boolean> {
    this.#released ??= this.giveUp()
    return await this.#released
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  /** Called by whoever keeps it. */
  lose(reason: Error): void {
    this.#lost.abort(reason)
  }
}
