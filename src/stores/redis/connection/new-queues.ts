import { randomUUID } from 'node:crypto'
import { pause } from '../../../util/timers.js'
import { bufferOf, bytesOf, bytesOfBuffer, textOf } from '../layout/bytes.js'
import type { NamespaceKeys, TaggedKeys } from '../layout/keys.js'
import { pack, PackedReader } from '../layout/packed.js'
import type { Connection } from './connection.js'
import type { Subscriber } from './subscriber.js'

/** Time that listeners have to answer, ms. One that has died counts as a listener until its entry expires. */
const ANSWER_WITHIN = 1_000

/** Number of the partition: no queue has several yet. */
const PARTITION = '0'

/** A queue that listeners to task events do not hear yet. */
export interface Announcement {
  readonly queue: string
  /** Sharded channel on which each listener gives its name when it hears the queue. */
  readonly answers: string
}

/** Announces new queues to the listeners of task events. */
export class NewQueues {
  constructor(
    private readonly connection: Connection,
    private readonly subscriber: Subscriber,
    private readonly space: NamespaceKeys,
    private readonly keysOf: (queue: string) => TaggedKeys,
  ) {}

  /** Resolves when all who listen hear the events of the queue, or have had the time. Costs one command where nobody listens. */
  async announce(queue: string): Promise<void> {
    const waiting = new Set(
      await this.connection.attempt(
        this.space.listeners,
        async (redis) => await redis.zrange(this.space.listeners, '0', '-1'),
      ),
    )
    if (waiting.size === 0) return
    const answered = new AbortController()
    const answers = `${this.keysOf(queue).channels}heard:${randomUUID()}`
    const subscription = await this.subscriber.subscribe(answers, (name) => {
      waiting.delete(String(name))
      if (waiting.size === 0) answered.abort()
    })
    try {
      const message = pack([queue, PARTITION, answers].map(bytesOf))
      await this.connection.publish(this.space.announcements, bufferOf(message))
      await pause(ANSWER_WITHIN, answered.signal)
    } finally {
      await subscription.close()
    }
  }
}

/** Reads the message of an announcement. */
export function readAnnouncement(message: Buffer): Announcement {
  const [queue, , answers] = new PackedReader(bytesOfBuffer(message)).readArray().map(textOf)
  return { queue: queue ?? '', answers: answers ?? '' }
}
