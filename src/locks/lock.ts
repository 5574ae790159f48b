import { droppable } from '../util/droppable.js'

/** A lock that this process holds. `await using` releases it. */
export class Lock implements AsyncDisposable {
  readonly #lost = new AbortController()
  #released: Promise<boolean> | null = null

  constructor(
    /** Name of the lock. */
    readonly name: string,
    /** A number that grows each time the lock is granted. The holder can fence its own writes with it. */
    readonly fence: number,
    private readonly onRelease: () => Promise<boolean>,
  ) {}

  /** Aborted when the lock was lost: it could not be renewed in time, and another holder may have it. */
  get signal(): AbortSignal {
    return this.#lost.signal
  }

  /** Releases the lock. Safe to call twice. @returns false when the lock was lost before */
  release(): Promise<boolean> {
    // Nobody need wait for it: a lock that cannot be released is free when its time is over.
    return (this.#released ??= droppable(this.onRelease(), () => undefined))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  /** Called when the lock was lost. */
  lose(reason: Error): void {
    this.#lost.abort(reason)
  }
}
