import type { RunEnd } from '../execution/run-end.js'
import type { Run } from '../execution/run.js'

/** Receives the events of a `QueueConsumer`: of its runs, and of the worker's slots. */
export interface ConsumerObserver {
  /** The job is about to run. */
  started(run: Run): void
  /** The job has reported progress. Resolves when the store has it. */
  progressed(run: Run, worker: string, value: unknown): Promise<void>
  /**
   * Ends of runs are about to be sent to the store. What happened before is told before.
   *
   * @param ends - a null run: the task was released before it became one
   * @returns resolves when it is told, and never rejects; null: nothing is being told
   */
  sending(ends: readonly { readonly run: Run | null }[]): Promise<void> | null
  /** The store has recorded how the run ended. */
  settled(run: Run, end: RunEnd): void
  /** Whether someone listens to task events of the queue, as the store last said. */
  listened(queue: string, isListened: boolean): void
  /** Slots became free. Pumps the consumers of all queues, the queue that waits longest first. */
  slotsFreed(): void
  /**
   * The queue has a call to send. Sends those of all queues, that of the queue that waits longest first, later in this turn of the
   * event loop: each call reserves the slots that are free then.
   */
  scheduled(): void
  /** An operator tells the worker to do something. */
  ordered(order: string): void
  /** The queue was given slots. */
  served(queue: string): void
}
