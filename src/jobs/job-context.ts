import type { Task } from '../model/task.js'
import type { Logger } from '../util/logger.js'

// The contract of what a job can reach while it runs. `BaseJob` hands its members through; `execution/run-context.ts`
// implements it. Filled in by the jobs folder.
export abstract class JobContext {
  abstract readonly task: Task
  abstract readonly name: string
  abstract readonly logger: Logger
  abstract readonly signal: AbortSignal
}
