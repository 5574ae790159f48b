import { randomUUID } from 'node:crypto'
import type { Broker } from '../stores/broker.js'
import { DEFAULT_RESULT_TTL } from '../model/defaults.js'
import { isGeneratedId, queueTag, tagOfId } from '../model/task-id.js'
import type { Task } from '../model/task.js'
import type { Serializer } from '../serializers/serializer.js'
import { encodeReport, taskOfRecord } from '../serializers/task-codec.js'
import { performance } from '../util/timers.js'

const QUEUES_STAY_KNOWN = 10_000

/** Finds tasks by their ids alone. Created by the producer. */
export class TaskLookup {
  #queues: readonly string[] = []
  #askedAt = -Infinity

  constructor(
    private readonly broker: Broker,
    private readonly serializer: Serializer,
    private readonly defaultQueue: string,
  ) {}

  /** The task as it stands now; null when the store has neither the task nor its record. */
  async get(id: string): Promise<Task | null> {
    for await (const queue of this.#queuesOf(id)) {
      const [record] = await this.broker.get(queue, [id])
      if (record) return taskOfRecord(this.serializer, record)
    }
    return null
  }

  /** Ends a task as REVOKED wherever it is. @returns true if that changed anything */
  async revoke(id: string): Promise<boolean> {
    return await this.revokeIn(id, this.#queuesOf(id))
  }

  async revokeIn(id: string, queues: AsyncIterable<string> | Iterable<string>): Promise<boolean> {
    // The UUID is unique to this call, so that the store recognises the outcome when the call is sent again.
    const outcome = encodeReport(this.serializer, {
      error: 'revoked by a caller',
      info: { revocation: randomUUID() },
    })
    for await (const queue of queues) {
      const [changed] = await this.broker.revoke(queue, [id], outcome, DEFAULT_RESULT_TTL)
      if (changed === true) return true
    }
    return false
  }

  /** The queues in which a task of this id may be, the likeliest first; at last those that were made since the queues were asked for. */
  async *#queuesOf(id: string): AsyncGenerator<string> {
    const isFresh = performance.now() - this.#askedAt <= QUEUES_STAY_KNOWN
    if (!isFresh) await this.#refresh()
    const known = this.#matching(id)
    yield* known
    if (!isFresh) return
    await this.#refresh()
    yield* this.#matching(id).filter((queue) => !known.includes(queue))
  }

  #matching(id: string): readonly string[] {
    const all = new Set([this.defaultQueue, ...this.#queues])
    if (!isGeneratedId(id)) return [...all]
    const tag = tagOfId(id)
    const matching = [...all].filter((queue) => queueTag(queue) === tag)
    // A caller's own id may look like a generated one.
    return matching.length > 0 ? matching : [...all]
  }

  async #refresh(): Promise<void> {
    this.#queues = await this.broker.queues()
    this.#askedAt = performance.now()
  }
}
