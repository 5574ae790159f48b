import type { Broker, NewTask, QueueReply } from '../stores/broker.js'
import { CHUNK_BYTES, CHUNK_TASKS, LARGE_PAYLOAD } from '../stores/policy.js'
import { nextTick } from '../util/timers.js'

interface Waiting {
  resolve(reply: QueueReply): void
  reject(error: unknown): void
}

/**
 * Gathers the tasks of one turn of the event loop, and sends them with one call for each queue. Created by the task sender.
 * They are sent at the end of the same turn, so a lone task is not delayed.
 */
export class Outbox {
  readonly #batches = new Map<string, { tasks: NewTask[]; waiting: Waiting[]; bytes: number }>()
  #scheduled = false
  #underWay = new Set<Promise<void>>()

  constructor(private readonly broker: Broker) {}

  /** Resolves with the store's reply to the task. */
  async put(queue: string, task: NewTask): Promise<QueueReply> {
    return await new Promise((resolve, reject) => {
      this.#add(queue, task, { resolve, reject })
    })
  }

  #add(queue: string, task: NewTask, waiting: Waiting): void {
    if (task.body.length >= LARGE_PAYLOAD) {
      // By itself: small ones would wait for it.
      this.#sendBatch(queue)
      this.#send(queue, [task], [waiting])
      return
    }
    let batch = this.#batches.get(queue)
    if (batch === undefined) {
      batch = { tasks: [], waiting: [], bytes: 0 }
      this.#batches.set(queue, batch)
    }
    batch.tasks.push(task)
    batch.waiting.push(waiting)
    batch.bytes += task.body.length
    if (batch.tasks.length >= CHUNK_TASKS || batch.bytes >= CHUNK_BYTES) {
      this.#sendBatch(queue)
    } else if (!this.#scheduled) {
      this.#scheduled = true
      // A `nextTick` that a promise's continuation sets runs after all continuations of this turn, and so sends all tasks.
      nextTick(() => {
        this.#flush()
      })
    }
  }

  /** Sends what is left. Resolves when the store has accepted or refused every task that was put in so far. */
  async drain(): Promise<void> {
    this.#flush()
    await Promise.all(this.#underWay)
  }

  #flush(): void {
    this.#scheduled = false
    for (const queue of [...this.#batches.keys()]) this.#sendBatch(queue)
  }

  #sendBatch(queue: string): void {
    const batch = this.#batches.get(queue)
    if (batch === undefined) return
    this.#batches.delete(queue)
    this.#send(queue, batch.tasks, batch.waiting)
  }

  #send(queue: string, tasks: readonly NewTask[], waiting: readonly Waiting[]): void {
    const sent = this.#queue(queue, tasks).then(
      (replies) => {
        waiting.forEach((each, i) => {
          const reply = replies[i]
          if (reply) each.resolve(reply)
          else
            each.reject(
              new TypeError(`the broker gave ${String(replies.length)} replies for ${String(tasks.length)} tasks`),
            )
        })
      },
      (error: unknown) => {
        for (const each of waiting) each.reject(error)
      },
    )
    this.#underWay.add(sent)
    void sent.then(() => this.#underWay.delete(sent))
  }

  /** Async, so that an error that a broker of the application throws at once is a rejection, too. */
  async #queue(queue: string, tasks: readonly NewTask[]): Promise<readonly QueueReply[]> {
    return await this.broker.queue(queue, tasks)
  }
}
