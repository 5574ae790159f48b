import { createAdaptorServer } from '@hono/node-server'
import { once, setMaxListeners } from 'node:events'
import type { Server } from 'node:http'
import { ClosedError, RpcBindError } from '../errors.js'
import type { BindAddress } from '../util/bind-address.js'
import { isLoopback, showBindAddress } from '../util/bind-address.js'
import type { Logger } from '../logging/logger.js'
import type { RpcAppParts } from './rpc-app.js'
import { rpcApp } from './rpc-app.js'
import type { RpcMethod } from './rpc-method.js'
import { longTimeout } from '../util/long-timeout.js'

/** What a server is made of. */
export interface RpcServerParts {
  readonly address: BindAddress
  readonly methods: ReadonlyMap<string, RpcMethod>
  /** Null: anybody who reaches it may call. */
  readonly token: string | null
  /** What calls get to finish at a stop, ms. */
  readonly gracePeriod: number
  readonly notReady: () => Promise<string | null>
  readonly logger: Logger
}

/** A request must have come in within this time, and its headers within the other, ms. */
const REQUEST_LIMIT = 30_000
const HEADERS_LIMIT = 10_000
/** What the last replies get to leave, ms. */
const FLUSH_LIMIT = 1_000

/**
 * Serves JSON-RPC and health over HTTP. Made by what `app.start()` starts, once a node.
 *
 * 1. `listen()` takes its address. 2. `stop()` refuses new calls and gives those that wait the grace period, while
 * `/healthz` and `/readyz` still answer. 3. `close()` lets go of the address.
 */
export class RpcServer {
  readonly #http: Server
  readonly #ending = new AbortController()
  readonly #calls = new Set<Promise<unknown>>()
  #stopping: Promise<void> | null = null
  #address: BindAddress

  constructor(private readonly parts: RpcServerParts) {
    // Each call listens to it while it lasts.
    setMaxListeners(0, this.#ending.signal)
    const { methods, token, notReady, logger, address } = parts
    const app = rpcApp({
      methods,
      token,
      notReady,
      loopbackOnly: isLoopback(address.host),
      ending: this.#ending.signal,
      isStopping: () => this.#stopping !== null,
      onInternal: (method, error) => {
        logger.error(`${method} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      },
    } satisfies RpcAppParts)
    const fetch = async (request: Request, env: object): Promise<Response> => {
      const reply = Promise.resolve(app.fetch(request, env))
      this.#calls.add(reply)
      return await reply.finally(() => this.#calls.delete(reply))
    }
    const serverOptions = { requestTimeout: REQUEST_LIMIT, headersTimeout: HEADERS_LIMIT }
    this.#http = createAdaptorServer({ fetch, serverOptions, overrideGlobalObjects: false }) as Server
    this.#address = address
  }

  /** Where it listens: `http://127.0.0.1:8060`. */
  get url(): string {
    return `http://${showBindAddress(this.#address)}`
  }

  /** @throws {@link RpcBindError} */
  async listen(): Promise<void> {
    const { address, token, logger } = this.parts
    const listening = once(this.#http, 'listening')
    this.#http.listen(address.port, address.host)
    try {
      await listening
    } catch (error) {
      throw new RpcBindError(showBindAddress(address), error)
    }
    const bound = this.#http.address()
    if (typeof bound === 'object' && bound !== null) this.#address = { ...address, port: bound.port }
    logger.info(`serves JSON-RPC at ${this.url}`)
    if (token === null && !isLoopback(address.host)) {
      logger.warn(`anybody who reaches ${this.url} can queue tasks: set rpcToken, or bind it to 127.0.0.1`)
    }
  }

  /** Refuses new calls; resolves when none waits any more, after the grace period at the latest. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    await this.#stopping
  }

  /** Ends the grace period now. */
  stopNow(): void {
    this.#ending.abort(new ClosedError('service'))
  }

  /** Lets go of the address, and of all connections. */
  async close(): Promise<void> {
    this.stopNow()
    await this.stop()
    if (!this.#http.listening) return
    const closed = once(this.#http, 'close')
    this.#http.close()
    // Replies are still on their way, to callers that need not take them.
    const timer = setTimeout(() => {
      this.#http.closeAllConnections()
    }, FLUSH_LIMIT)
    await closed
    clearTimeout(timer)
  }

  async #stop(): Promise<void> {
    const timer = longTimeout(() => {
      this.stopNow()
    }, this.parts.gracePeriod)
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls)
    timer.clear()
  }
}
