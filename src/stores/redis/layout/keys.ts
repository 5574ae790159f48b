/** Layout of the keys. Another number is another layout, and is refused by every script. */
export const LAYOUT = '1'

const FIXED = [
  'meta',
  'task',
  'held',
  'delayed',
  'workers',
  'marks',
  'lanes',
  'idle',
  'listeners',
  'suspects',
  'progress',
  'stats',
  'buried',
]
const PRIORITIES = 10

/** The keys of one queue. All share a hash tag, so that every script stays in one slot of a cluster. */
export class QueueKeys {
  /** What each script is given before its own keys, in the order that `prelude.lua` lists. */
  readonly fixed: readonly string[]
  readonly listeners: string
  /** Hash: last tick of each periodic job. */
  readonly ticks: string
  readonly #prefix: string

  constructor(namespace: string, queue: string) {
    // A brace in the name would end the tag.
    this.#prefix = `{${namespace}:${encodeURIComponent(queue)}}:`
    const ready = Array.from({ length: PRIORITIES }, (_, priority) => `${this.#prefix}ready:${String(priority)}`)
    this.fixed = [...FIXED.map((name) => this.#prefix + name), ...ready]
    this.listeners = `${this.#prefix}listeners`
    this.ticks = `${this.#prefix}ticks`
  }

  done(id: string): string {
    return `${this.#prefix}done:${id}`
  }

  operation(id: string): string {
    return `${this.#prefix}op:${id}`
  }
}

/** Keys that belong to no queue. */
export class NamespaceKeys {
  /** Set: names of all queues. */
  readonly queues: string
  /** Zset: who listens to task events, by expiry in ms. Copied to the `listeners` of each queue. */
  readonly listeners: string
  /** Prefix of channels. */
  readonly channels: string

  constructor(namespace: string) {
    this.queues = `${namespace}:queues`
    this.listeners = `${namespace}:listeners`
    this.channels = `${namespace}:`
  }
}
