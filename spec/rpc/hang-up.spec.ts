import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { RpcMethod } from '../../lib/rpc/rpc-method.js'
import { RpcServer } from '../../lib/rpc/rpc-server.js'
import { deferred } from '../../lib/util/deferred.js'
import { KeptLogger } from '../support/kept-logger.js'

/** What a method does once its signal is aborted. */
const METHODS = {
  'ends with the reason of its signal': async (signal: AbortSignal) => {
    await once(signal, 'abort')
    throw signal.reason as Error
  },
  'fails in its own words': async (signal: AbortSignal) => {
    await once(signal, 'abort')
    throw new Error('half done')
  },
  'ignores its signal': async () => await new Promise<never>(() => undefined),
}

const CALL = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'waits' })
const BODIES = {
  'a call': CALL,
  'a batch': `[${CALL},${CALL}]`,
  'a notification': JSON.stringify({ jsonrpc: '2.0', method: 'waits' }),
}

let server: RpcServer | null = null
afterEach(async () => {
  await server?.close()
})

describe.each(Object.entries(METHODS))('a method that %s', (_how, act) => {
  describe.each(Object.entries(BODIES))('of %s', (_what, body) => {
    it.each(['destroy', 'resetAndDestroy'] as const)(
      'has its signal aborted when the caller hangs up by %s, which is no error',
      async (leave) => {
        const logger = new KeptLogger()
        const begun = deferred<AbortSignal>()
        const method: RpcMethod = {
          parameters: [],
          call: async (_params, { signal }) => {
            begun.resolve(signal)
            return await act(signal)
          },
        }
        server = new RpcServer({
          address: { host: '127.0.0.1', port: 0 },
          methods: new Map([['waits', method]]),
          token: null,
          gracePeriod: 60_000,
          notReady: () => Promise.resolve(null),
          looks: {
            metrics: () => '',
            store: () => Promise.resolve(''),
            autoscale: () => Promise.reject(new Error('not here')),
          },
          logger,
        })
        await server.listen()
        const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
        socket.on('error', () => undefined)
        const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
        socket.write(`${head}Content-Length: ${String(body.length)}\r\n\r\n${body}`)
        const signal = await begun.promise
        expect(signal.aborted).toBe(false)
        const aborted = once(signal, 'abort')
        socket[leave]()
        await aborted
        // Resolves when the service has done with the call.
        await server.stop()
        expect(logger.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([])
      },
    )
  })
})
