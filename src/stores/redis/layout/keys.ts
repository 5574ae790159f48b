import type { Bytes } from './bytes.js'
import { bytesOf } from './bytes.js'
import { partitionTag } from './partition-tag.js'

/** Layout of the keys. Another number is another layout, and every script refuses it. */
export const LAYOUT = '3'

/** What a store has that no layout since the first one can read: its list of queues was a set. */
export const FIRST_LAYOUT = '1'

/** Types of a queue's keys. The headers of the scripts that use a key describe it. */
export const QUEUE_KEYS = {
  state: 'hash',
  task: 'hash',
  delayed: 'zset',
  ready: 'list',
  line: 'list',
  workers: 'zset',
  leases: 'hash',
  condemned: 'zset',
  suspects: 'hash',
  progress: 'hash',
  attempts: 'hash',
  inboxes: 'hash',
  tombs: 'hash',
  failed: 'zset',
  moving: 'hash',
  problems: 'hash',
  ticks: 'hash',
  slot: 'hash',
  operation: 'string',
  totals: 'hash',
  unseen: 'hash',
  recent: 'list',
  watch: 'string',
  series: 'hash',
} as const

/** What stands for a name in a key: each byte counts where there are many keys, in memory and in each call. */
const SHORT: Readonly<Record<string, string>> = {
  state: 's',
  task: 't',
  delayed: 'd',
  workers: 'w',
  leases: 'l',
  condemned: 'k',
  suspects: 'x',
  progress: 'p',
  attempts: 'a',
  inboxes: 'i',
  tombs: 'z',
  failed: 'f',
  moving: 'm',
  problems: 'g',
}

/** Types of the keys of one name's permits. */
export const PERMIT_KEYS = { holders: 'zset', fences: 'hash', waiters: 'zset', 'wait-ttls': 'hash' } as const

/** Types of the keys that belong to no queue, and that scripts use. */
export const SPACE_KEYS = { alerts: 'hash' } as const

const KEY_TYPES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(QUEUE_KEYS).map(([name, type]) => [SHORT[name] ?? name, type] as const),
  ...Object.entries(PERMIT_KEYS),
  ...Object.entries(SPACE_KEYS),
  ['op', 'string'],
])

/** The type that a key must have, by its name; null for a key of another kind. */
export function typeOfKey(key: string): string | null {
  const name = /^\{[^}]*\}:([^:]+)/.exec(key)?.[1]
  if (name === undefined) return key.endsWith(':queues') ? 'hash' : key.endsWith(':listeners') ? 'zset' : null
  if (/^r\d$/.test(name)) return QUEUE_KEYS.ready
  if (/^h\d$/.test(name)) return QUEUE_KEYS.series
  return KEY_TYPES.get(name) ?? (name.startsWith('o') ? QUEUE_KEYS.slot : null)
}

/** Number of priorities, each of which has a list of ready tasks. */
export const PRIORITIES = 10

/** The keys of one queue, or of one name's permits. They share a hash tag, and so a slot of a cluster. */
export class TaggedKeys {
  readonly #prefix: Bytes
  readonly #lines: (readonly Bytes[])[] = []
  /** Prefix of the sharded channels that lie in that slot, too. */
  readonly channels: string

  constructor(tag: string) {
    this.channels = `{${tag}}:`
    this.#prefix = bytesOf(this.channels)
  }

  /** A key by its name. */
  key(name: string): Bytes {
    return (this.#prefix + (SHORT[name] ?? name)) as Bytes
  }

  /** Key of the list of ready tasks of a priority. */
  ready(priority: number): Bytes {
    return `${this.#prefix}r${String(priority)}` as Bytes
  }

  /** The same as the only one of a list. */
  lineOf(priority: number): readonly Bytes[] {
    return (this.#lines[priority] ??= [this.ready(priority)])
  }

  /** Key of finished tasks' records. @param name - of the slot, see `result-slots.ts` */
  slot(name: string): Bytes {
    return `${this.#prefix}o${name}` as Bytes
  }

  /**
   * Key of some intervals of a job's series.
   *
   * @param ring - number of the ring
   * @param block - number of the first of the intervals, divided by how many there are
   * @param job - escaped; null: the whole queue
   */
  series(ring: number, block: number, job: string | null): Bytes {
    const name = job === null ? '' : `:${job}`
    return (this.#prefix + bytesOf(`h${String(ring)}:${String(block)}${name}`)) as Bytes
  }

  /** Key of an operation that must not be done twice. */
  operation(id: string): Bytes {
    return (this.#prefix + bytesOf(`op:${id}`)) as Bytes
  }
}

/** Keys of one partition of a queue: of the queue, where it has no others. */
export function keysOf(namespace: string, queue: string, partition = 0): TaggedKeys {
  // A brace in the name would end the tag. A slash, which is written as `%2F`, would name a partition.
  return new TaggedKeys(partitionTag(`${namespace}:${encodeURIComponent(queue)}`, partition))
}

/** Keys of the permits of one name. */
export function permitKeys(namespace: string, name: string): TaggedKeys {
  return new TaggedKeys(`${namespace}:lock:${encodeURIComponent(name)}`)
}

/** Keys that belong to no queue, and that scripts use. No queue has an empty name. */
export function spaceKeys(namespace: string): TaggedKeys {
  return new TaggedKeys(`${namespace}:`)
}

/** Keys and channels that belong to no queue. */
export class NamespaceKeys {
  /** Hash: name of a queue, to "partitions' version,open partitions,all partitions,registered at (ms)". */
  readonly queues: string
  /** Zset: listeners of task events by expiry, ms. Copied to the state of each queue. */
  readonly listeners: string
  /** List: acts of operators as JSON, the latest at the left. */
  readonly audit: string
  /** Prefix of channels that all nodes of a cluster hear. */
  readonly channels: string
  /** Channel on which new queues are announced, see `new-queues.ts`. */
  readonly announcements: string

  constructor(readonly namespace: string) {
    this.queues = `${namespace}:queues`
    this.listeners = `${namespace}:listeners`
    this.audit = `${namespace}:audit`
    this.channels = `${namespace}:`
    this.announcements = `${namespace}:new`
  }
}
