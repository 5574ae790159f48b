import type { TaskRecord } from '../../model/task-record.js'
import type { SeenTask } from '../seen-task.js'

/** What a filter looks at in a task, as operators may see it: else a filter would tell what is hidden. */
export class TaskFacts {
  constructor(
    private readonly seen: SeenTask,
    /** ms since the epoch by the store's clock. */
    readonly now: number,
  ) {}

  get record(): TaskRecord {
    return this.seen.record
  }

  get args(): unknown {
    return this.seen.value(this.seen.call.args ?? {})
  }

  get meta(): unknown {
    return this.seen.value(this.seen.call.meta ?? {})
  }

  get result(): unknown {
    return this.seen.value({ result: this.seen.report.result })
  }

  get error(): string {
    return this.seen.text(this.seen.report.error ?? '')
  }

  /** Fingerprint; null: none. */
  get problem(): string | null {
    return this.seen.report.problem ?? null
  }
}
