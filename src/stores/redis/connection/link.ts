import type { Redis } from 'ioredis'
import type { Script } from '../scripts/script.js'
import { isForbidden } from './redis-errors.js'
import type { ServerClock } from './server-clock.js'
import type { HistoryName } from './histories.js'
import type { ServerHistory } from './server-history.js'
import { performance } from '../../../util/timers.js'

/** What a connection knows of its {@link Link}. */
export interface LinkKind {
  /** Whether there was a link before, which was lost. */
  readonly isReconnection: boolean
  /** Whether Sentinels lead to the server: then another address is another server. */
  readonly hasSentinels: boolean
}

/** One TCP connection to the server. A `RedisConnection` makes a new one after each loss. */
export class Link {
  /** Whether the server's time is known. */
  isGreeted = false
  /** Scripts that were sent with their texts. */
  readonly scripts = new Set<Script>()
  #greeting: Promise<void> | null = null
  /** How the server names this connection; null where it does not tell. */
  #name: { readonly id: string; readonly addr: string } | null = null
  #end: Promise<boolean> | null = null
  /** Address and port of the server; null before there is a connection. */
  readonly #server: string | null
  /** Id of the server's history of writes; null: not known. */
  #history: string | null = null

  constructor(
    private readonly redis: Redis,
    private readonly clock: ServerClock,
    private readonly history: ServerHistory,
    private readonly kind: LinkKind,
  ) {
    // There is none before the first connection, whatever the types say.
    const { remoteAddress, remotePort } = (redis.stream as Redis['stream'] | undefined) ?? {}
    this.#server = remoteAddress === undefined ? null : `${remoteAddress} ${String(remotePort)}`
  }

  /**
   * Whether the present connection leads to another server, or to one with another history of writes. What is executed on this
   * one is nothing to that history.
   */
  isElsewhere(present: Link): boolean {
    if (this.#history !== null && present.#history !== null) return this.#history !== present.#history
    // Without Sentinels a server may have several addresses.
    return this.kind.hasSentinels && this.#server !== present.#server
  }

  /** Asks for the server's time and history, and for its name of this connection. All callers share one promise. */
  async greet(): Promise<void> {
    this.#greeting ??= this.#greet().finally(() => {
      this.#greeting = null
    })
    await this.#greeting
  }

  /** Asks for the server's time. */
  async askTime(): Promise<void> {
    const sentAt = performance.now()
    const [seconds, micros] = await this.redis.time()
    this.clock.stamped(Number(seconds) * 1_000 + Number(micros) / 1_000, sentAt, performance.now())
  }

  /**
   * Makes the server close this connection, which was lost on this side, so that no call on it is executed any more. Resolves
   * to false where the server does not allow that, as in many services.
   */
  async end(): Promise<boolean> {
    this.#end ??= this.#kill()
    const isOver = await this.#end
    if (!isOver) this.#end = null
    return isOver
  }

  async #greet(): Promise<void> {
    const [info, history] = await Promise.all([
      this.redis.client('INFO').catch(() => ''),
      this.#askHistory(),
      this.askTime(),
    ])
    const [id, addr] = ['id', 'addr'].map((name) => new RegExp(`(?:^| )${name}=(\\S+)`).exec(info)?.[1])
    if (id !== undefined && addr !== undefined) this.#name = { id, addr }
    this.#history = history?.name ?? null
    this.history.seen(history, this.kind.isReconnection)
    this.isGreeted = true
  }

  /** The server's history of writes; null where INFO is forbidden, or has none. */
  async #askHistory(): Promise<HistoryName | null> {
    try {
      const info = await this.redis.info('replication')
      const [name, before = ''] = ['', '2'].map((n) => new RegExp(`^master_replid${n}:(\\w+)`, 'm').exec(info)?.[1])
      return name === undefined ? null : { name, before: /[^0]/.test(before) ? before : '' }
    } catch (error) {
      if (isForbidden(error)) return null
      throw error
    }
  }

  async #kill(): Promise<boolean> {
    if (!this.#name) return false
    const { id, addr } = this.#name
    try {
      // The address must match, too: a server that was restarted may have given the id to another client.
      await this.redis.call('CLIENT', 'KILL', 'ID', id, 'ADDR', addr)
      return true
    } catch {
      return false
    }
  }
}
