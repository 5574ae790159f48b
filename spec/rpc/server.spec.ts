import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Manager, PulsarQueue } from 'pulsar-queue'
import { fetch } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { deferred } from '../../lib/util/deferred.js'
import { startRedisServer } from '../support/redis-server.js'
import type { ServerProcess } from '../support/server-process.js'
import { startServer } from '../support/server-process.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'
import { call } from './call.js'

const MANAGE = fileURLToPath(new URL('./fixtures/manage.mjs', import.meta.url))

/** Where a server process says that it serves. */
function urlOf(server: ServerProcess): string {
  const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(server.output()) ?? []
  return url ?? expect.fail(`it serves nothing:\n${server.output()}`)
}

describe.each(STORES)('a server process that serves JSON-RPC on $store', ({ make }) => {
  it.each(['0', '2'])(
    'with %s workers has one listener, and answers what was asked before SIGTERM',
    async (workers) => {
      const store = await make()
      const settings = ['--data-store', store.url, '--workers', workers, '--rpc-bind', '127.0.0.1:0']
      await using server = await startServer(MANAGE, settings)
      const url = urlOf(server)
      expect(server.output().match(/serves JSON-RPC/g)).toHaveLength(1)
      expect((await call(url, 'tasks.queue', { jobname: 'addition', a: 4, b: 6 })).result).toMatchObject({ result: 10 })
      expect((await fetch(`${url}/readyz`)).status).toBe(200)

      const id = 'asked-before'
      const asked = call(url, 'tasks.queue', { jobname: 'patient', ms: 1_500, queue_options: { id } })
      await until('the task to run', async () =>
        ((await call(url, 'tasks.get', { id })).result as { progress?: unknown } | null)?.progress === 'here'
          ? true
          : undefined,
      )
      server.process.kill('SIGTERM')
      await until('it to be unready', async () => ((await fetch(`${url}/readyz`)).status === 503 ? true : undefined))
      expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'not ready', reason: 'the service stops' })
      expect((await fetch(`${url}/healthz`)).status).toBe(200)
      expect((await call(url, 'tasks.job_list')).error).toMatchObject({ code: -32000, data: { code: 'PQ_CLOSED' } })
      expect((await asked).result).toMatchObject({ statusString: 'SUCCESS', result: 'at last' })
      expect(await server.exited).toBe(0)
      await store.dispose()
    },
  )
})

describe('a server process', () => {
  it('ends a call that still waits after the grace period, and its task goes on', async () => {
    const [first] = STORES
    const store = await first?.make()
    const settings = ['--data-store', store?.url ?? '', '--workers', '0', '--rpc-bind', '0', '--grace-period', '300ms']
    await using server = await startServer(MANAGE, settings)
    const url = urlOf(server)
    const id = 'late'
    const params = { jobname: 'patient', ms: 60_000, queue_options: { id, delay: '1h' } }
    const asked = call(url, 'tasks.queue', params)
    await until('the task to be queued', async () =>
      (await call(url, 'tasks.get', { id })).result === null ? undefined : true,
    )
    server.process.kill('SIGTERM')
    expect((await asked).error).toMatchObject({ code: -32000, data: { code: 'PQ_CLOSED' } })
    expect(await server.exited).toBe(0)
    await store?.dispose()
  })

  it.each(['content-length: 100', 'transfer-encoding: chunked'])(
    'refuses a call of which half has arrived when it stops, and ends at once: %s',
    async (length) => {
      const settings = [
        '--data-store',
        'embedded::memory:',
        '--workers',
        '0',
        '--rpc-bind',
        '0',
        '--grace-period',
        '1h',
      ]
      await using server = await startServer(MANAGE, settings)
      const { hostname, port } = new URL(urlOf(server))
      const socket = connect(Number(port), hostname)
      const closed = once(socket, 'close')
      let answer = ''
      socket.on('data', (data: Buffer) => {
        answer += data.toString()
        // The call is being answered from here on. What is missing of its body never comes.
        if (answer.endsWith(' 100 Continue\r\n\r\n')) server.process.kill('SIGTERM')
      })
      const head = [
        'POST / HTTP/1.1',
        'host: localhost',
        'content-type: application/json',
        'expect: 100-continue',
        length,
      ]
      socket.write(`${head.join('\r\n')}\r\n\r\n${length.endsWith('chunked') ? '1\r\n{\r\n' : '{'}`)
      expect(await server.exited).toBe(0)
      // The answer may arrive after the process has ended.
      await closed
      expect(answer).toContain('503 Service Unavailable')
    },
  )

  it('ends a call after the grace period, also when its method never settles', async () => {
    const entered = deferred<undefined>()
    class Stuck extends Manager {
      override async taskRequestParameters(): Promise<never> {
        entered.resolve(undefined)
        return await new Promise<never>(() => undefined)
      }
    }
    const settings = {
      dataStore: 'embedded::memory:',
      parseConsole: false,
      workers: 0,
      rpcBind: 0,
      logLevel: 'silent',
    } as const
    const app = new PulsarQueue(Stuck, { ...settings, gracePeriod: '50ms' })
    await app.start()
    const asked = call(app.rpcUrl ?? '', 'tasks.queue', { jobname: 'addition', a: 1, b: 2 })
    await entered.promise
    await app.close()
    expect((await asked).error).toMatchObject({ code: -32000, data: { code: 'PQ_CLOSED' } })
  })

  it('is not ready while its store is away', async () => {
    const redis = await STORES[1]?.make()
    const url = redis?.url ?? ''
    await using server = await startServer(MANAGE, ['--data-store', url, '--workers', '0', '--rpc-bind', '0'])
    const served = urlOf(server)
    expect((await fetch(`${served}/readyz`)).status).toBe(200)
    await redis?.dispose()
    const ready = await fetch(`${served}/readyz`)
    expect(ready.status).toBe(503)
    expect((await ready.json()) as object).toMatchObject({ reason: expect.stringMatching(/^the store/) as string })
    expect((await fetch(`${served}/healthz`)).status).toBe(200)
  })

  it('is not ready while its store is silent, and is again when it answers', async () => {
    const redis = await startRedisServer()
    await using server = await startServer(MANAGE, ['--data-store', redis.url, '--workers', '0', '--rpc-bind', '0'])
    const url = urlOf(server)
    redis.signal('SIGSTOP')
    const ready = await fetch(`${url}/readyz`)
    redis.signal('SIGCONT')
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'not ready', reason: 'the store does not answer' },
    ])
    await until('it to be ready', async () => ((await fetch(`${url}/readyz`)).status === 200 ? true : undefined))
    await redis.stop()
  })

  it.each([
    ['a malformed address', ['--rpc-bind', 'localhost'], /setting rpcBind to be an address such as/],
    [
      'an address that the machine has not',
      ['--rpc-bind', '192.0.2.1:0', '--rpc-token', 'a.long-secret'],
      /192\.0\.2\.1:0.*no such address/,
    ],
    ['a malformed token', ['--rpc-token', 'two words'], /setting rpcToken to be .*got something else/],
  ])('does not start with %s', async (_what, args, message) => {
    const settings = ['--data-store', 'embedded::memory:', '--workers', '0', ...args]
    const error = await startServer(MANAGE, settings).then(
      () => null,
      (thrown: unknown) => thrown as Error,
    )
    expect(error?.message).toMatch(message)
    expect(error?.message).not.toContain('two words')
  })
})

describe('an app that serves JSON-RPC', () => {
  const open: PulsarQueue[] = []
  const appAt = (rpcBind: string | number, more: object = {}): PulsarQueue => {
    const settings = { dataStore: 'embedded::memory:', parseConsole: false, workers: 0, logLevel: 'silent' } as const
    const app = new PulsarQueue({ ...settings, rpcBind, ...more })
    open.push(app)
    return app
  }
  afterEach(async () => {
    for (const app of open.splice(0)) await app.close()
  })

  it('says whose address it wants when another has it, and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const app = appAt(port)
    const address = `127.0.0.1:${String(port)}`
    await expect(app.start()).rejects.toMatchObject({ code: 'PQ_RPC_BIND', address })
    await expect(app.start()).rejects.toThrow(/another program listens there; .*set rpcBind to another port/)
    other.close()
  })

  it('serves nothing unless it is told to', async () => {
    const app = new PulsarQueue({ dataStore: 'embedded::memory:', parseConsole: false, workers: 0, logLevel: 'silent' })
    open.push(app)
    await app.start()
    expect(app.rpcUrl).toBeNull()
  })

  it.each(['0.0.0.0:0', '[::]:0', '192.0.2.1:0', 'worker.example:0'])(
    'starts nothing at an address that other machines reach, without a token: %s',
    async (address) => {
      const app = appAt(address)
      await expect(app.start()).rejects.toMatchObject({ code: 'PQ_RPC_AUTH', address })
      await expect(app.start()).rejects.toThrow(/set PULSAR_RPC_TOKEN, .*or set rpcBind to 127\.0\.0\.1/)
      expect(app.rpcUrl).toBeNull()
    },
  )

  it('starts there with a token', async () => {
    const app = appAt('0.0.0.0:0', { rpcToken: 'a.long-secret' })
    await app.start()
    expect(app.rpcUrl).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/)
  })

  it('needs none on loopback', async () => {
    const app = appAt(0)
    await app.start()
    expect(app.rpcUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })
})
