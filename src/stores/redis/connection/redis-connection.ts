import { Redis } from 'ioredis'
import { BrokerUnreachableError, ClosedError } from '../../../errors.js'
import { explained, isPassing, isRefusal, isReplica, withoutCommand } from './redis-errors.js'
import type { RedisLocation } from './redis-url.js'
import type { Script, ScriptCall } from '../scripts/script.js'

/** Longest pause between two attempts to connect, ms. */
const LONGEST_PAUSE = 1_000
/** Time between two pings of a connection, ms. */
const PING_EVERY = 2_000
/** Time after which a socket that owes an answer counts as half-open, ms. With the pings, it is noticed within 7 s. */
const SILENCE = 5_000
/** Time that `close` leaves for calls under way, ms. */
const PARTING = 1_000

type ScriptCommand = (keyCount: number, ...args: (string | Uint8Array)[]) => Promise<unknown>

/**
 * One connection to the server, opened on first use. A call that was cut off is sent again, unchanged, until it is answered
 * or its time is up. ioredis does not resend anything: it cannot know which calls may be sent twice.
 */
export class RedisConnection {
  readonly redis: Redis
  #closed = false
  #lastError: Error | undefined
  /** The server refuses our user or password: trying again changes nothing. */
  #refusal: Error | null = null
  #change: Promise<void> | null = null
  readonly #pings: NodeJS.Timeout

  /** @param name - name of the connection in the server's list of clients */
  constructor(
    private readonly location: RedisLocation,
    name: string,
  ) {
    this.redis = new Redis({
      ...location.options,
      connectionName: name,
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      enableAutoPipelining: false,
      // Calls under way are rejected as soon as the connection breaks; with null they would never settle.
      maxRetriesPerRequest: 0,
      connectTimeout: location.timeout,
      socketTimeout: SILENCE,
      keepAlive: 5_000,
      retryStrategy: (attempt) => Math.min(LONGEST_PAUSE, 50 * 2 ** Math.min(attempt - 1, 5)),
    })
    this.redis.on('error', (error: Error) => {
      this.#lastError = withoutCommand(error)
      if (!isRefusal(error)) return
      this.#refusal = this.#lastError
      this.redis.disconnect()
    })
    // Without pings, a half-open connection that owes no answer would never be noticed.
    this.#pings = setInterval(() => {
      if (this.redis.status === 'ready') this.redis.ping().catch(() => undefined)
    }, PING_EVERY).unref()
  }

  /**
   * Runs a script.
   *
   * @param again - keys and arguments of each further attempt, where they differ
   * @throws what {@link RedisConnection.attempt} throws
   */
  async run(script: Script, call: ScriptCall, again?: () => ScriptCall): Promise<unknown> {
    const command = this.#command(script)
    let next = call
    let first = true
    return await this.attempt(async () => {
      if (!first && again) next = again()
      first = false
      return await command.call(this.redis, next.keys.length, ...next.keys, ...next.args)
    })
  }

  /**
   * Acts on the connection, and again as long as the connection is at fault.
   *
   * @throws {@link BrokerUnreachableError} when the time is up; {@link ClosedError}; any other error of `act`
   */
  async attempt<T>(act: () => Promise<T>): Promise<T> {
    const since = performance.now()
    for (;;) {
      if (this.#closed) throw new ClosedError('Redis connection')
      try {
        await this.#ready(since)
        return await act()
      } catch (error) {
        if (!isPassing(error)) throw explained(error, this.location.address)
        if (performance.now() - since >= this.location.timeout) throw this.#unreachable(error)
        if (isReplica(error)) this.redis.disconnect(true)
        if (this.redis.status === 'ready') await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 30))
      }
    }
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#pings)
    if (this.redis.status === 'ready') {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise((resolve) => (timer = setTimeout(resolve, PARTING)))
      await Promise.race([this.redis.quit().catch(() => undefined), late])
      clearTimeout(timer)
    }
    this.redis.disconnect()
  }

  #command(script: Script): ScriptCommand {
    const commands = this.redis as unknown as Record<string, ScriptCommand>
    const defined = commands[`pq-${script.name}Buffer`]
    if (defined) return defined
    this.redis.defineCommand(`pq-${script.name}`, { lua: script.source })
    return this.#command(script)
  }

  /** Waits until the connection is up, or the time is over. */
  async #ready(since: number): Promise<void> {
    if (this.redis.status === 'ready') return
    if (this.redis.status === 'wait' || this.redis.status === 'end') this.redis.connect().catch(() => undefined)
    const left = this.location.timeout - (performance.now() - since)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => {
          reject(this.#unreachable())
        },
        Math.max(0, left),
      )
    })
    try {
      await Promise.race([this.#changed(), late])
    } finally {
      clearTimeout(timer)
    }
    const refusal = this.#refusal
    this.#refusal = null
    if (refusal) throw new BrokerUnreachableError(this.location.address, 0, refusal)
  }

  /** Resolves when the connection is up next, or is given up. All who wait share it. */
  #changed(): Promise<void> {
    this.#change ??= new Promise((resolve) => {
      const done = (): void => {
        this.redis.off('ready', done)
        this.redis.off('end', done)
        this.#change = null
        resolve()
      }
      this.redis.on('ready', done)
      this.redis.on('end', done)
    })
    return this.#change
  }

  #unreachable(cause?: unknown): BrokerUnreachableError {
    const reason = this.#lastError ?? (cause instanceof Error ? withoutCommand(cause) : cause)
    return new BrokerUnreachableError(this.location.address, this.location.timeout, reason)
  }
}
