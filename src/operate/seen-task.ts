import type { RunReport, TaskCall, TaskRecord } from '../model/task-record.js'
import { decodeCall, decodeProgress, decodeReport } from '../serializers/task-codec.js'
import type { ControlParts } from './control-parts.js'
import type { Redaction } from '../model/redaction.js'
import { withoutSecrets } from '../model/redaction.js'

/**
 * A task as operators may see it: whatever leaves the control goes through here. Members that the setting `redact` or the job's own
 * `redact` names are hidden, and so are their values wherever else they stand: in errors, stacks, results and logs. It is decoded when
 * it is asked for. A payload that cannot be read has no members.
 */
export class SeenTask {
  #call: TaskCall | undefined
  #report: RunReport | undefined
  #redaction: Redaction | undefined
  #secrets: readonly string[] | undefined

  constructor(
    private readonly parts: Pick<ControlParts, 'serializer' | 'jobs' | 'redaction'>,
    readonly record: TaskRecord,
  ) {}

  /** The call as it is stored. */
  get call(): TaskCall {
    const { body, header } = this.record
    return (this.#call ??= read(() => decodeCall(this.parts.serializer, body, header.job), { job: header.job }))
  }

  /** The report as it is stored. */
  get report(): RunReport {
    return (this.#report ??= read(() => decodeReport(this.parts.serializer, this.record.outcome), {}))
  }

  /** The progress as it is stored. */
  get progress(): unknown {
    return read(() => decodeProgress(this.parts.serializer, this.record.progress), undefined)
  }

  /** Whether anything may be hidden. */
  get isRedacted(): boolean {
    return !this.#theRedaction.isEmpty
  }

  /** A payload, or data of any other kind. */
  value(value: unknown): unknown {
    return this.isRedacted ? withoutSecrets(this.#theRedaction.of(value), this.#theSecrets) : value
  }

  text(text: string): string {
    return this.isRedacted ? (withoutSecrets(text, this.#theSecrets) as string) : text
  }

  textOrNull(text: string | null): string | null {
    return text === null ? null : this.text(text)
  }

  get #theRedaction(): Redaction {
    return (this.#redaction ??= this.parts.redaction.with(this.#ofJob()))
  }

  /** What the job itself hides, as its producer, its worker or this process knows it. */
  #ofJob(): readonly string[] {
    const { jobs } = this.parts
    const { job } = this.record.header
    const known = jobs.names().includes(job) ? jobs.describe(job).redact : undefined
    return [...(this.call.redact ?? []), ...(this.report.redact ?? []), ...(known ?? [])]
  }

  get #theSecrets(): readonly string[] {
    return (this.#secrets ??= this.#findSecrets())
  }

  #findSecrets(): readonly string[] {
    const { args, meta } = this.call
    const { result, details } = this.report
    return this.#theRedaction.secretsIn([args, meta, { result }, this.progress, details?.data])
  }
}

function read<T>(decode: () => T, otherwise: T): T {
  try {
    return decode()
  } catch {
    return otherwise
  }
}
