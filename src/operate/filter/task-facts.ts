import type { TaskRecord } from '../../model/task-record.js'
import { SeenTask } from '../seen-task.js'
import type { ControlParts } from '../control-parts.js'

/** What a filter looks at in a task, as operators may see it: else a filter would tell what is hidden. */
export class TaskFacts {
  readonly #seen: SeenTask

  constructor(
    parts: Pick<ControlParts, 'serializer' | 'jobs' | 'redaction'>,
    readonly record: TaskRecord,
    /** ms since the epoch by the store's clock. */
    readonly now: number,
  ) {
    this.#seen = new SeenTask(parts, record)
  }

  get args(): unknown {
    return this.#seen.value(this.#seen.call.args ?? {})
  }

  get meta(): unknown {
    return this.#seen.value(this.#seen.call.meta ?? {})
  }

  get result(): unknown {
    return this.#seen.value({ result: this.#seen.report.result })
  }

  get error(): string {
    return this.#seen.text(this.#seen.report.error ?? '')
  }

  /** Fingerprint; null: none. */
  get problem(): string | null {
    return this.#seen.report.problem ?? null
  }
}
