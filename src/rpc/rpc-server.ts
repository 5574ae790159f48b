import { createAdaptorServer } from '@hono/node-server'
import { once, setMaxListeners } from 'node:events'
import type { Server } from 'node:http'
import { ClosedError, RpcBindError } from '../errors.js'
import type { BindAddress } from '../settings/bind-address.js'
import { isLoopback, showBindAddress } from '../settings/bind-address.js'
import type { Logger } from '../logging/logger.js'
import type { MonitoringLooks } from '../operate/metrics/monitoring-response.js'
import type { RpcAppParts } from './rpc-app.js'
import { rpcApp } from './rpc-app.js'
import type { RpcMethod } from './rpc-method.js'
import { longTimeout } from '../util/long-timeout.js'
import { errorMessage, errorStack } from '../util/thrown.js'
import { clearTimeout, setTimeout } from '../util/timers.js'

/** The parts of a server. */
export interface RpcServerParts {
  readonly address: BindAddress
  readonly methods: ReadonlyMap<string, RpcMethod>
  /** The bearer token that callers must send; null: none. */
  readonly token: string | null
  /** Time that calls have to finish at a stop, ms. */
  readonly gracePeriod: number
  readonly notReady: () => Promise<string | null>
  readonly looks: MonitoringLooks
  readonly logger: Logger
}

/** Longest time until a request has arrived, and until its headers have, ms. */
const REQUEST_LIMIT = 30_000
const HEADERS_LIMIT = 10_000
/** Time that the last replies have to be sent, ms. */
const FLUSH_LIMIT = 1_000

/**
 * Serves JSON-RPC and health over HTTP. Created by the server of an app, once a node.
 *
 * 1. `listen()` binds the address. 2. `stop()` refuses new calls, also those that have not arrived completely, and gives waiting
 * calls the grace period, while `/healthz` and `/readyz` still answer. 3. `close()` releases the address.
 */
export class RpcServer {
  readonly #http: Server
  readonly #isStopping = new AbortController()
  readonly #ending = new AbortController()
  readonly #calls = new Set<Promise<unknown>>()
  #stopping: Promise<void> | null = null
  #address: BindAddress

  constructor(private readonly parts: RpcServerParts) {
    // Each call listens to the signal while it lasts.
    setMaxListeners(0, this.#ending.signal, this.#isStopping.signal)
    const { methods, token, notReady, looks, logger, address } = parts
    const app = rpcApp({
      methods,
      token,
      notReady,
      looks,
      loopbackOnly: isLoopback(address.host),
      ending: this.#ending.signal,
      stopping: this.#isStopping.signal,
      onInternal: (method, error) => {
        logger.error(`${method} failed: ${errorStack(error) ?? errorMessage(error)}`)
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

  /** The address of the service: `http://127.0.0.1:8060`. */
  get url(): string {
    return `http://${showBindAddress(this.#address)}`
  }

  /** @throws {@link RpcBindError} */
  async listen(): Promise<void> {
    const { address, logger } = this.parts
    const listening = once(this.#http, 'listening')
    this.#http.listen(address.port, address.host)
    try {
      await listening
    } catch (error) {
      throw new RpcBindError(showBindAddress(address), error)
    }
    const bound = this.#http.address()
    if (typeof bound === 'object' && bound !== null) this.#address = { ...address, port: bound.port }
    logger.info(`the app serves JSON-RPC at ${this.url}`)
  }

  /** Refuses new calls. Resolves when no call waits, after the grace period at the latest. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    await this.#stopping
  }

  /** Ends the grace period now. */
  stopNow(): void {
    this.#ending.abort(new ClosedError('service'))
  }

  /** Releases the address and all connections. */
  async close(): Promise<void> {
    this.stopNow()
    await this.stop()
    if (!this.#http.listening) return
    const closed = once(this.#http, 'close')
    this.#http.close()
    // The last replies may still be on their way, to callers that may never read them.
    const timer = setTimeout(() => {
      this.#http.closeAllConnections()
    }, FLUSH_LIMIT)
    await closed
    clearTimeout(timer)
  }

  async #stop(): Promise<void> {
    this.#isStopping.abort(new ClosedError('service'))
    const timer = longTimeout(() => {
      this.stopNow()
    }, this.parts.gracePeriod)
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls)
    timer.clear()
  }
}
