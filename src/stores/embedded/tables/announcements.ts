import type { TaskRecord } from '../../../model/task-record.js'
import type { InboxNotice, WorkerNotice } from '../../broker.js'
import { NOTICE_RECORD_LIMIT } from '../../policy.js'
import type { AfterCommit } from '../database/transaction-queue.js'
import type { Notifier } from '../notices/notifier.js'

/** The notices of one transaction to workers, inboxes and listeners to task events. Created by the transaction. */
export class Announcements {
  readonly #ends = new Map<string, TaskRecord[]>()
  readonly #events: { readonly event: 'queued' | 'done'; readonly record: TaskRecord }[] = []

  constructor(
    private readonly notifier: Notifier,
    private readonly namespace: string,
    private readonly afterCommit: AfterCommit,
    /** Whether anyone listens to task events. */
    readonly hasListeners: boolean,
  ) {}

  /** Adds a task event. Callers check `hasListeners` first. */
  queued(record: TaskRecord): void {
    this.#events.push({ event: 'queued', record })
  }

  /** @param inboxes - the names of the inboxes that await the task's end, one a line; null: none does */
  ended(record: TaskRecord, inboxes: string | null): void {
    for (const inbox of inboxes?.split('\n') ?? []) {
      const records = this.#ends.get(inbox)
      if (records) records.push(record)
      else this.#ends.set(inbox, [record])
    }
    if (this.hasListeners) this.#events.push({ event: 'done', record })
  }

  /** @returns false where the worker's process is gone */
  tellWorker(worker: string, notice: Exclude<WorkerNotice, { kind: 'reconnected' }>): boolean {
    const name = `${this.namespace}\n${notice.queue}\n${worker}`
    return this.notifier.notify('worker', name, [notice], this.afterCommit)
  }

  /** Sends the collected notices: one for each inbox, and one for all listeners. */
  send(): void {
    for (const [inbox, records] of this.#ends) {
      const tasks = records.map((record) => ({ id: record.header.id, record: isLarge(record) ? null : record }))
      const notice: InboxNotice = { kind: 'done', tasks }
      this.notifier.notify('inbox', `${this.namespace}\n${inbox}`, [notice], this.afterCommit)
    }
    if (this.#events.length > 0) this.notifier.notify('events', this.namespace, this.#events, this.afterCommit)
  }
}

function isLarge({ body, outcome }: TaskRecord): boolean {
  return body.length + (outcome?.length ?? 0) > NOTICE_RECORD_LIMIT
}
