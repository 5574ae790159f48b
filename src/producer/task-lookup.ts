import { randomUUID } from 'node:crypto'
import type { Broker } from '../stores/broker.js'
import { DEFAULT_RESULT_TTL } from '../model/defaults.js'
import { isGeneratedId, queueTag, tagOfId } from '../model/task-id.js'
import type { Task } from '../model/task.js'
import type { TaskRecord } from '../model/task-record.js'
import type { Serializer } from '../serializers/serializer.js'
import { encodeReport, taskOfRecord } from '../serializers/task-codec.js'

/** Most queues that are asked at once: an id of the caller's may be in any. */
const ASKED_AT_ONCE = 100

/** Finds tasks by their ids alone. Created by the producer. */
export class TaskLookup {
  #queues: readonly string[] = []

  constructor(
    private readonly broker: Broker,
    private readonly serializer: Serializer,
    private readonly defaultQueue: string,
  ) {}

  /** The task as it stands now; null when the store has neither the task nor its record. */
  async get(id: string): Promise<Task | null> {
    const ask = async (queue: string): Promise<TaskRecord | null> => (await this.broker.get(queue, [id]))[0] ?? null
    for await (const answers of this.#answers(id, ask)) {
      const record = answers.find((answer) => answer !== null)
      if (record) return taskOfRecord(this.serializer, record)
    }
    return null
  }

  /** Ends a task as REVOKED wherever it is. @returns true if that changed anything */
  async revoke(id: string): Promise<boolean> {
    let hasChanged = false
    for await (const answers of this.#answers(id, this.#revocation(id))) {
      hasChanged ||= answers.includes(true)
      // Several queues may have a task of an id of the caller's.
      if (hasChanged && isGeneratedId(id)) return true
    }
    return hasChanged
  }

  async revokeIn(id: string, queue: string): Promise<boolean> {
    return await this.#revocation(id)(queue)
  }

  /** @returns what revokes the task in a queue, and tells whether that changed anything */
  #revocation(id: string): (queue: string) => Promise<boolean> {
    // The UUID is unique to this call, so that the store recognises the outcome when the call is sent again.
    const outcome = encodeReport(this.serializer, {
      error: 'revoked by a caller',
      info: { revocation: randomUUID() },
    })
    return async (queue) => {
      const [changed] = await this.broker.revoke(queue, [id], outcome, DEFAULT_RESULT_TTL)
      return changed === true
    }
  }

  /**
   * Asks the queues in which a task of this id may be, many at once. The first of the known ones are asked before this returns its first promise, and
   * so before a task of the same id that is queued next: else that one would be found. Queues that were made since come last.
   */
  async *#answers<T>(id: string, ask: (queue: string) => Promise<T>): AsyncGenerator<readonly T[]> {
    const known = this.#likely(id)
    yield* inChunks(known, ask)
    this.#queues = await this.broker.queues()
    const likely = this.#likely(id)
    // A caller's own id may look like a generated one.
    const others = likely.length > 0 ? likely : this.#all()
    yield* inChunks(
      others.filter((queue) => !known.includes(queue)),
      ask,
    )
  }

  /** By its tag, where it is a generated id. */
  #likely(id: string): readonly string[] {
    const tag = isGeneratedId(id) ? tagOfId(id) : null
    return this.#all().filter((queue) => tag === null || queueTag(queue) === tag)
  }

  #all(): readonly string[] {
    return [...new Set([this.defaultQueue, ...this.#queues])]
  }
}

async function* inChunks<T>(
  queues: readonly string[],
  ask: (queue: string) => Promise<T>,
): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < queues.length; at += ASKED_AT_ONCE) {
    yield await Promise.all(queues.slice(at, at + ASKED_AT_ONCE).map(ask))
  }
}
