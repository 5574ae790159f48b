/** Layout of the keys. Another number is another layout, and every script refuses it. */
export const LAYOUT = '1'

/** Types of a queue's keys. The headers of the scripts that use a key describe it. */
export const QUEUE_KEYS = {
  meta: 'hash',
  task: 'hash',
  held: 'hash',
  delayed: 'zset',
  ready: 'list',
  workers: 'zset',
  leases: 'hash',
  condemned: 'zset',
  lanes: 'hash',
  idle: 'zset',
  listeners: 'zset',
  suspects: 'hash',
  progress: 'hash',
  stats: 'hash',
  ticks: 'hash',
  done: 'string',
  operation: 'string',
} as const

/** Types of the keys of one name's permits. */
export const PERMIT_KEYS = { holders: 'zset', fences: 'hash', waiters: 'zset', 'wait-ttls': 'hash' } as const

const KEY_TYPES: Readonly<Record<string, string>> = { ...QUEUE_KEYS, ...PERMIT_KEYS, op: 'string' }

/** The type that a key must have, by its name; null for a key of another kind. */
export function typeOfKey(key: string): string | null {
  const name = /^\{[^}]*\}:([^:]+)/.exec(key)?.[1]
  if (name !== undefined) return KEY_TYPES[name] ?? null
  return key.endsWith(':queues') ? 'set' : key.endsWith(':listeners') ? 'zset' : null
}

/** Number of priorities, each of which has a list of ready tasks. */
export const PRIORITIES = 10

/** The keys of one queue, or of one name's permits. They share a hash tag, and so a slot of a cluster. */
export class TaggedKeys {
  readonly #prefix: string

  constructor(tag: string) {
    this.#prefix = `{${tag}}:`
  }

  /** A key by its name. */
  key(name: string): string {
    return this.#prefix + name
  }

  /** Key of a finished task's record. */
  done(id: string): string {
    return `${this.#prefix}done:${id}`
  }

  /** Key of an operation that must not be done twice. */
  operation(id: string): string {
    return `${this.#prefix}op:${id}`
  }
}

/** Keys of one queue. */
export function queueKeys(namespace: string, queue: string): TaggedKeys {
  // A brace in the name would end the tag.
  return new TaggedKeys(`${namespace}:${encodeURIComponent(queue)}`)
}

/** Keys of the permits of one name. */
export function permitKeys(namespace: string, name: string): TaggedKeys {
  return new TaggedKeys(`${namespace}:lock:${encodeURIComponent(name)}`)
}

/** Keys and channels that belong to no queue. */
export class NamespaceKeys {
  /** Set: names of all queues. */
  readonly queues: string
  /** Zset: listeners of task events by expiry, ms. Copied to the `listeners` of each queue. */
  readonly listeners: string
  /** Prefix of channels. */
  readonly channels: string

  constructor(readonly namespace: string) {
    this.queues = `${namespace}:queues`
    this.listeners = `${namespace}:listeners`
    this.channels = `${namespace}:`
  }
}
