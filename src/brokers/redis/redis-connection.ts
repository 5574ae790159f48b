import { Redis } from 'ioredis'
import {
  BrokerFullError,
  BrokerUnreachableError,
  BrokerVersionError,
  ClosedError,
  LayoutVersionError,
} from '../../errors.js'
import type { RedisLocation } from './redis-url.js'
import type { ScriptName } from './scripts.js'
import { SCRIPT_NAMES, scriptSource } from './scripts.js'

const OLDEST_MAJOR = 7
/** Longest pause between two attempts to connect, ms. */
const LONGEST_PAUSE = 1_000
/** A socket that is owed an answer for this long is half-open, ms. */
const SILENCE = 8_000
/** Errors that pass: the server starts, fails over, or has lost the script. */
const PASSING = /^(?:LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY|NOREPLICAS|UNBLOCKED)\b/

type Script = (keyCount: number, ...args: (string | Uint8Array)[]) => Promise<unknown>

/** Settings of every connection: we send calls again ourselves, since only we know which may be sent twice. */
export function connect({ options, timeout }: RedisLocation, name: string): Redis {
  return new Redis({
    ...options,
    connectionName: name,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    enableAutoPipelining: false,
    // Rejects at once what was under way when the connection broke; with null it would never settle.
    maxRetriesPerRequest: 0,
    connectTimeout: timeout,
    socketTimeout: SILENCE,
    keepAlive: 5_000,
    retryStrategy: (attempt) => Math.min(LONGEST_PAUSE, 50 * 2 ** Math.min(attempt - 1, 5)),
  })
}

/**
 * The command connection of one broker. A call that was cut off is sent again, the same, until it is answered or its
 * time is up.
 */
export class RedisConnection {
  readonly redis: Redis
  #closed = false
  #lastError: Error | undefined

  constructor(private readonly location: RedisLocation) {
    this.redis = connect(location, 'pulsar-queue')
    // Each call that waits for the connection listens for it.
    this.redis.setMaxListeners(0)
    this.redis.on('error', (error: Error) => {
      this.#lastError = error
    })
    for (const name of SCRIPT_NAMES) this.redis.defineCommand(`pq-${name}`, { lua: scriptSource(name) })
  }

  /** @throws {@link BrokerUnreachableError} within the connect timeout; {@link BrokerVersionError} */
  async open(): Promise<void> {
    await this.attempt(async () => {
      const info = await this.redis.info('server')
      const version = /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1] ?? '0'
      if (Number.parseInt(version, 10) < OLDEST_MAJOR) {
        throw new BrokerVersionError(this.location.address, version, `${String(OLDEST_MAJOR)}.0`)
      }
    })
  }

  /** Runs a script. @param isResend - told on each further attempt @throws what {@link RedisConnection.attempt} throws */
  async run(
    name: ScriptName,
    keys: readonly string[],
    args: readonly (string | Uint8Array)[],
    again?: () => { readonly keys: readonly string[]; readonly args: readonly (string | Uint8Array)[] },
  ): Promise<unknown> {
    const script = (this.redis as unknown as Record<string, Script>)[`pq-${name}Buffer`]
    let [withKeys, withArgs] = [keys, args]
    let first = true
    return await this.attempt(async () => {
      if (!first && again) ({ keys: withKeys, args: withArgs } = again())
      first = false
      return await script?.call(this.redis, withKeys.length, ...withKeys, ...withArgs)
    })
  }

  /**
   * Does something on the connection, again and again while the connection is at fault.
   *
   * @throws {@link BrokerUnreachableError} when its time is up; {@link ClosedError}; else what it threw
   */
  async attempt<T>(act: () => Promise<T>): Promise<T> {
    const since = performance.now()
    for (;;) {
      if (this.#closed) throw new ClosedError('redis broker')
      try {
        await this.#ready(since)
        return await act()
      } catch (error) {
        if (!this.#passes(error)) throw this.#explained(error)
        const waited = performance.now() - since
        if (waited >= this.location.timeout)
          throw new BrokerUnreachableError(this.location.address, this.location.timeout, this.#lastError ?? error)
        if (this.redis.status === 'ready') await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 30))
      }
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.redis.status === 'ready') await this.redis.quit().catch(() => undefined)
    this.redis.disconnect()
  }

  /** Waits until the connection is up, or the time is. */
  async #ready(since: number): Promise<void> {
    if (this.redis.status === 'ready') return
    if (this.redis.status === 'wait' || this.redis.status === 'end') this.redis.connect().catch(() => undefined)
    const left = this.location.timeout - (performance.now() - since)
    await new Promise<void>((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer)
        this.redis.off('ready', done)
        this.redis.off('end', done)
        resolve()
      }
      const timer = setTimeout(
        () => {
          this.redis.off('ready', done)
          this.redis.off('end', done)
          reject(new BrokerUnreachableError(this.location.address, this.location.timeout, this.#lastError))
        },
        Math.max(0, left),
      )
      this.redis.once('ready', done)
      this.redis.once('end', done)
    })
  }

  #passes(error: unknown): boolean {
    if (!(error instanceof Error)) return false
    if (error.name === 'ReplyError') return PASSING.test(error.message)
    // Of ioredis: the connection was lost, or is not up.
    return /Connection is closed|max retries per request|Stream isn't writeable|Socket timeout|ECONN|EPIPE|ETIMEDOUT|Command timed out/.test(
      error.message,
    )
  }

  #explained(error: unknown): unknown {
    if (!(error instanceof Error)) return error
    const { address } = this.location
    if (/^OOM\b/.test(error.message)) return new BrokerFullError(address, 'its memory is full (maxmemory)')
    const layout = /^LAYOUT (\S+)/.exec(error.message)?.[1]
    if (layout !== undefined) return new LayoutVersionError(address, layout, '1')
    if (/^(?:NOAUTH|WRONGPASS|NOPERM)\b/.test(error.message)) return new BrokerUnreachableError(address, 0, error)
    return error
  }
}
