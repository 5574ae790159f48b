import type { WorkerFigures } from '../model/worker-figures.js'

/** What is known of this node. */
export interface NodeLook {
  /** Why no worker of this node consumes; null when one does. */
  notConsuming(): string | null
  /** What its workers say of themselves. */
  workers(): readonly WorkerFigures[]
}
