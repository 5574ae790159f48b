import type { ClaimedTask } from '../stores/broker.js'
import type { ConsumerState } from './consumer-state.js'
import type { TaskStarter } from './task-starter.js'

/**
 * Takes tasks in that the store has leased to this worker of itself. A hand-off comes as a notice, and may come again in a reply: it
 * is taken in once. Created by the claim loop.
 */
export class HandOffs {
  #last = 0
  #highest = 0

  constructor(
    private readonly lease: { readonly id: string | null; readonly state: ConsumerState; readonly isAdopting: boolean },
    private readonly starter: TaskStarter,
  ) {}

  /** Fence of the last hand-off that was taken in; 0: none yet. */
  get last(): number {
    return this.#last
  }

  /** Starts the tasks that have not come before, or releases them where this worker consumes no more. */
  take(tasks: readonly ClaimedTask[]): void {
    // The store has returned them to their queue, or is about to: they are not among those that it was told of.
    if (this.lease.isAdopting) return
    const known = this.#highest
    const added = tasks.filter(({ fence }) => fence > known)
    const [first] = added
    if (first === undefined) return
    this.#last = first.fence
    for (const { fence } of added) if (fence > this.#highest) this.#highest = fence
    const { id, state } = this.lease
    if (id === null) return
    this.starter.held.add(added, { left: added.length })
    if (state === 'consuming') this.starter.startAfterWait(true)
    else this.starter.releaseHeld()
  }

  /** Highest fence of a hand-off that was taken in. */
  get highest(): number {
    return this.#highest
  }

  /** The store was told what the worker holds. What it has handed over before, and what has not come, was returned to its queue. */
  adopted(topFence: number): void {
    this.#last = 0
    this.#highest = Math.max(this.#highest, topFence)
  }

  /** The lease has ended. The next one has hand-offs of its own. */
  forget(): void {
    this.#last = 0
    this.#highest = 0
  }
}
