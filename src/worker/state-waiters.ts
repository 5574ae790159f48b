/** Promises that wait for a state of a claim loop, which creates it and tells when its state may have changed. */
export class StateWaiters {
  #waiters: (() => void)[] = []

  /** Resolves when it is so: now, or after a later change. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }

  /** The state may have changed. */
  changed(): void {
    if (this.#waiters.length === 0) return
    for (const resolve of this.#waiters.splice(0)) resolve()
  }
}
