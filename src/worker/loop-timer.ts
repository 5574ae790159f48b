import { setTimeout } from '../util/timers.js'

/** Acts again and again after a time, for as long as the act says so. At rest it costs nothing. */
export class LoopTimer {
  #isRunning = false

  /** @param act - returns whether to act once more */
  constructor(
    private readonly ms: number,
    private readonly act: () => boolean,
  ) {}

  /** Does nothing while it runs. */
  start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    // What it waits for keeps the process running itself.
    setTimeout(() => {
      this.#isRunning = false
      if (this.act()) this.start()
    }, this.ms).unref()
  }
}
