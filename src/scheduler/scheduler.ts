import type { Periodic } from './find-periodic-jobs.js'
import type { TickLoopParts } from './tick-loop.js'
import { TickLoop } from './tick-loop.js'

/**
 * Queues periodic jobs when they are due. Made by the wiring, in every process that schedules: of any number of schedulers
 * of one store, each tick is taken by one. Each job has a loop of its own, so that none holds another up.
 */
export class Scheduler {
  readonly #loops: readonly TickLoop[]

  constructor(parts: TickLoopParts, jobs: readonly Periodic[]) {
    this.#loops = jobs.map((job) => new TickLoop(parts, job))
  }

  start(): void {
    for (const loop of this.#loops) loop.start()
  }

  /** For who moves the clock, in place of `start()`: takes all ticks that are due. @returns ms until the next look */
  async tick(): Promise<number> {
    let wait = Infinity
    for (const loop of this.#loops) wait = Math.min(wait, await loop.tick())
    return wait
  }

  /** Takes no more ticks. Resolves when none is under way. */
  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()))
  }
}
