import type { Encoded } from '../model/encoded.js'
import type { QueueReply } from '../stores/broker.js'
import type { SendSpan } from '../telemetry/telemetry.js'
import type { OutgoingTask } from './outbox.js'

/** A task on its way to the store, whose span ends with the store's answer. Made only while telemetry is on. */
export class TracedTask implements OutgoingTask {
  readonly id: string
  readonly queue: string
  readonly job: string
  readonly tags: readonly string[]
  readonly body: Encoded
  readonly priority: number
  readonly delay: number
  readonly inbox: string | null
  readonly checkDuplicate: boolean

  constructor(
    private readonly task: OutgoingTask,
    private readonly span: SendSpan,
  ) {
    this.id = task.id
    this.queue = task.queue
    this.job = task.job
    this.tags = task.tags
    this.body = task.body
    this.priority = task.priority
    this.delay = task.delay
    this.inbox = task.inbox
    this.checkDuplicate = task.checkDuplicate
  }

  accepted(reply: QueueReply): void {
    this.span.end()
    this.task.accepted(reply)
  }

  refused(error: unknown): void {
    this.span.end(error)
    this.task.refused(error)
  }
}
