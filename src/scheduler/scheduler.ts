import type { ScheduledJob } from './find-periodic-jobs.js'
import type { TickLoopParts } from './tick-loop.js'
import { TickLoop } from './tick-loop.js'

/**
 * Queues periodic jobs when they are due. Created by the wiring in every process that schedules. Any number of schedulers may
 * share a store: each tick is taken by one of them. Each job has a loop of its own, so that no job delays another.
 */
export class Scheduler {
  readonly #loops: readonly TickLoop[]

  constructor(parts: TickLoopParts, jobs: readonly ScheduledJob[]) {
    this.#loops = jobs.map((job) => new TickLoop(parts, job))
  }

  start(): void {
    for (const loop of this.#loops) loop.start()
  }

  /** Takes all ticks that are due. Tests that move the clock call it in place of `start()`. @returns ms until the next look */
  async tick(): Promise<number> {
    let wait = Infinity
    for (const loop of this.#loops) wait = Math.min(wait, await loop.tick())
    return wait
  }

  /** Stops taking ticks. Resolves when the tick that is being taken, if any, is done. */
  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()))
  }
}
