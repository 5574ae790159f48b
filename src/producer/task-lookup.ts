import { randomUUID } from 'node:crypto'
import type { Broker } from '../stores/broker.js'
import { DEFAULT_RESULT_TTL } from '../model/defaults.js'
import { isGeneratedId, queueTag, tagOfId } from '../model/task-id.js'
import type { Task } from '../model/task.js'
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
    const record = await this.#search(id, async (queue) => {
      const [found] = await this.broker.get(queue, [id])
      return found ?? null
    })
    return record && taskOfRecord(this.serializer, record)
  }

  /** Ends a task as REVOKED wherever it is. @returns true if that changed anything */
  async revoke(id: string): Promise<boolean> {
    return (await this.#search(id, this.#revocation(id))) ?? false
  }

  async revokeIn(id: string, queue: string): Promise<boolean> {
    return (await this.#revocation(id)(queue)) ?? false
  }

  /** @returns what revokes the task in a queue; null where it changes nothing */
  #revocation(id: string): (queue: string) => Promise<true | null> {
    // The UUID is unique to this call, so that the store recognises the outcome when the call is sent again.
    const outcome = encodeReport(this.serializer, {
      error: 'revoked by a caller',
      info: { revocation: randomUUID() },
    })
    return async (queue) => {
      const [changed] = await this.broker.revoke(queue, [id], outcome, DEFAULT_RESULT_TTL)
      return changed === true ? true : null
    }
  }

  /**
   * Asks the queues in which a task of this id may be. The known ones are asked before this returns, and so before a task of the same id that is
   * queued next: else that one would be found. Queues that were made since come last.
   */
  async #search<T>(id: string, ask: (queue: string) => Promise<T | null>): Promise<T | null> {
    const known = this.#likely(id)
    const found = await firstOf(known, ask)
    if (found !== null) return found
    this.#queues = await this.broker.queues()
    const likely = this.#likely(id)
    // A caller's own id may look like a generated one.
    const others = likely.length > 0 ? likely : [this.defaultQueue, ...this.#queues]
    return await firstOf(
      others.filter((queue) => !known.includes(queue)),
      ask,
    )
  }

  /** By its tag, where it is a generated id. */
  #likely(id: string): readonly string[] {
    const all = [...new Set([this.defaultQueue, ...this.#queues])]
    const tag = isGeneratedId(id) ? tagOfId(id) : null
    return tag === null ? all : all.filter((queue) => queueTag(queue) === tag)
  }
}

/** What the first of the queues answers that has an answer. */
async function firstOf<T>(queues: readonly string[], ask: (queue: string) => Promise<T | null>): Promise<T | null> {
  for (let at = 0; at < queues.length; at += ASKED_AT_ONCE) {
    const answers = await Promise.all(queues.slice(at, at + ASKED_AT_ONCE).map(ask))
    const found = answers.find((answer) => answer !== null)
    if (found !== undefined) return found
  }
  return null
}
