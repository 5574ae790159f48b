import type { RunReport, TaskCall, TaskRecord } from '../../model/task-record.js'
import type { Serializer } from '../../serializers/serializer.js'
import { decodeCall, decodeReport } from '../../serializers/task-codec.js'
import type { Redaction } from '../redaction.js'

/** What a filter looks at in a task. Its payload is decoded when a term asks for it, and passes `redact` first. */
export class TaskFacts {
  #call: TaskCall | undefined
  #report: RunReport | undefined

  constructor(
    readonly record: TaskRecord,
    /** ms since the epoch by the store's clock. */
    readonly now: number,
    private readonly serializer: Serializer,
    private readonly redaction: Redaction,
  ) {}

  get args(): unknown {
    return this.redaction.of(this.#theCall().args ?? {})
  }

  get meta(): unknown {
    return this.redaction.of(this.#theCall().meta ?? {})
  }

  get result(): unknown {
    return this.redaction.of({ result: this.#theReport().result })
  }

  get error(): string {
    return this.#theReport().error ?? ''
  }

  /** Fingerprint; null: none. */
  get problem(): string | null {
    return this.#theReport().problem ?? null
  }

  get #job(): string {
    return this.record.header.job
  }

  /** A payload that cannot be read has no members. */
  #theCall(): TaskCall {
    return (this.#call ??= read(() => decodeCall(this.serializer, this.record.body, this.#job), { job: this.#job }))
  }

  #theReport(): RunReport {
    return (this.#report ??= read(() => decodeReport(this.serializer, this.record.outcome), {}))
  }
}

function read<T>(decode: () => T, otherwise: T): T {
  try {
    return decode()
  } catch {
    return otherwise
  }
}
