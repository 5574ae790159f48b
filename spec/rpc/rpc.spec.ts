import { once } from 'node:events'
import { connect } from 'node:net'
import type { Api, PulsarQueueOptions, RpcRequest } from 'pulsar-queue'
import { Logger, Manager, PulsarQueue } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { fetch, request } from 'undici'
import { KeptLogger } from '../support/kept-logger.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'
import type { Reply } from './call.js'
import { call, post, send } from './call.js'

const JOBS = new URL('./fixtures/jobs.ts', import.meta.url)
const SETTINGS: PulsarQueueOptions = {
  dataStore: 'embedded::memory:',
  taskPaths: [JOBS],
  parseConsole: false,
  workers: 0,
  logLevel: 'silent',
  rpcBind: '127.0.0.1:0',
}

class AuditManager extends Manager {
  override taskRequestParameters({ jobname, headers, remoteAddress }: RpcRequest) {
    if (headers.has('x-broken')) throw new Error('the audit is down')
    const caller = headers.get('x-caller')
    return caller === null ? {} : { caller, jobname, remoteAddress }
  }
}

const open: PulsarQueue[] = []

async function serve(options: PulsarQueueOptions = {}): Promise<{ app: PulsarQueue; api: Api; url: string }> {
  const app = new PulsarQueue(AuditManager, { ...SETTINGS, ...options })
  open.push(app)
  const api = await app.api().start()
  await app.start()
  return { app, api, url: app.rpcUrl ?? '' }
}

async function closeAll(): Promise<void> {
  for (const app of open.splice(0)) await app.close()
}

describe.each(STORES)('JSON-RPC on $store', ({ make }) => {
  let store: Store
  let api: Api
  let url: string

  beforeAll(async () => {
    store = await make()
    ;({ api, url } = await serve({ dataStore: store.url }))
  })
  afterAll(async () => {
    await closeAll()
    await store.dispose()
  })

  it('queues a task and answers with it when it is over', async () => {
    const { result, id } = await call(url, 'tasks.queue', { jobname: 'addition', a: 4, b: 6 })
    expect(id).toBe(1)
    expect(result).toMatchObject({ name: 'addition', status: 1, statusString: 'SUCCESS', result: 10 })
    expect(result).toMatchObject({ kwargs: { a: 4, b: 6 }, exception: null })
  })

  it('answers with a failed task as with any other, and keeps its stack to itself', async () => {
    const { result } = await call(url, 'tasks.queue', { jobname: 'fails' })
    expect(result).toMatchObject({ statusString: 'FAILURE', exception: 'out of order' })
    expect(result).not.toHaveProperty('stacktrace')
  })

  it('writes what JSON does not know in terms of what it knows', async () => {
    const { result } = await call(url, 'tasks.queue', { jobname: 'everything' })
    expect((result as { result: unknown }).result).toEqual({
      big: '12345678901234567890',
      bytes: 'AQID',
      date: '1970-01-01T00:00:00.005Z',
      map: [[1, 'one']],
      set: ['a'],
    })
  })

  it('refuses a number that would be rounded, and the call that has it alone', async () => {
    const echo = (id: number, value: string): string =>
      `{"jsonrpc":"2.0","id":${String(id)},"method":"tasks.queue","params":{"jobname":"echo","value":${value}}}`
    for (const lost of ['12345678901234567890', '{"a":[9007199254740993]}', '1e999', '-1E+400']) {
      const [refused, done] = (await (await post(url, `[${echo(1, lost)},${echo(2, '1')}]`)).json()) as Reply[]
      expect(refused).toMatchObject({ id: 1, error: { code: -32602, data: { argument: 'params' } } })
      expect(refused?.error?.message).toMatch(/send its digits as a string$/)
      expect(done).toMatchObject({ id: 2, result: { result: 1 } })
    }
    for (const kept of ['1152921504606846976', '100000000000000000000', '1e300', '0.1', '"12345678901234567890"']) {
      const reply = (await (await post(url, echo(3, kept))).json()) as Reply
      expect(reply).toMatchObject({ result: { result: JSON.parse(kept) as unknown } })
    }
  })

  it('gives, and revokes, tasks by id', async () => {
    const options = { callback: false, delay: '1h' }
    const { result } = await call(url, 'tasks.queue', { jobname: 'addition', a: 1, b: 2, queue_options: options })
    const { id } = result as { id: string }
    expect(result).toMatchObject({ statusString: 'QUEUED', delay: 3_600_000 })
    expect((await call(url, 'tasks.get', { id })).result).toMatchObject({ id, statusString: 'QUEUED' })
    expect((await call(url, 'tasks.revoke', [id])).result).toBe(true)
    expect((await call(url, 'tasks.revoke', [id])).result).toBe(false)
    expect((await call(url, 'tasks.get', [id])).result).toMatchObject({ statusString: 'REVOKED' })
    expect(await call(url, 'tasks.get', { id: 'i-nobody-knows' })).toEqual({ jsonrpc: '2.0', id: 1, result: null })
  })

  it('lists the jobs, all or some', async () => {
    const { result } = await call(url, 'tasks.job_list')
    expect((result as [string, object][]).map(([name]) => name)).toContain('everything')
    expect((await call(url, 'tasks.job_list', { jobnames: ['addition'] })).result).toMatchObject([
      ['addition', { type: 'regular', concurrency: 'asyncio', parameters: [{ name: 'a' }, { name: 'b' }] }],
    ])
  })

  it('tells in how many seconds periodic jobs are due', async () => {
    const { result } = await call(url, 'tasks.next_scheduled_tasks', { jobnames: ['hourly'] })
    expect(result).toEqual([['hourly', expect.any(Number)]])
  })

  it('adds to a task what the caller and the manager say of it', async () => {
    const params = { jobname: 'addition', a: 1, b: 1, meta_params: { source: 'shop', caller: 'forged' } }
    const { result } = await call(url, 'tasks.queue', params, { 'x-caller': 'ada' })
    const meta = { source: 'shop', caller: 'ada', jobname: 'addition', remoteAddress: '127.0.0.1' }
    expect(result).toMatchObject({ meta })
    const { id } = result as { id: string }
    expect((await api.tasks.get(id))?.meta).toMatchObject(meta)
  })

  it('queues the task of a notification, and sends no answer', async () => {
    const id = `note-${String(Date.now())}`
    const params = { jobname: 'patient', ms: 1, queue_options: { id } }
    const response = await post(url, JSON.stringify({ jsonrpc: '2.0', method: 'tasks.queue', params }))
    expect([response.status, await response.text()]).toEqual([204, ''])
    await until('the task to be over', async () => ((await api.tasks.get(id))?.isSuccess() ? true : undefined))
  })

  it('takes metaParams among the queue options as well, after meta_params', async () => {
    const queue_options = { metaParams: { maxRetries: 0, from: 'options', kept: 1 } }
    const params = { jobname: 'addition', a: 1, b: 2, queue_options, meta_params: { from: 'meta' } }
    expect((await call(url, 'tasks.queue', params)).result).toMatchObject({
      meta: { maxRetries: 0, from: 'meta', kept: 1 },
    })
    const wrong = { ...params, queue_options: { metaParams: 5 } }
    expect((await call(url, 'tasks.queue', wrong)).error).toMatchObject({ data: { argument: 'metaParams' } })
  })

  it('answers under ids that JavaScript would round, alone and in a batch', async () => {
    const id = '12345678901234567890'
    const one = (text: string, method = 'tasks.get') =>
      `{"params":{"id":"x"},"jsonrpc":"2.0","a":{"id":1},"id" : ${text} ,"method":"${method}"}`
    const reply = async (body: string): Promise<string> => await (await post(url, body)).text()
    expect(await reply(one(id))).toBe(`{"jsonrpc":"2.0","result":null,"id":${id}}`)
    expect(await reply(one(`-${id}`, 'no.such'))).toMatch(new RegExp(`"id":-${id}}$`))
    expect(await reply(`[5, ${one(id)}, ${one('"big"')}, ${one('9007199254740993')}]`)).toMatch(
      new RegExp(`"id":null},.*"id":${id}},.*"id":"big"},.*"id":9007199254740993}]$`),
    )
    expect(await reply(one('1e400'))).toMatch(/"id":null}$/)
  })

  it('answers a batch call by call, notifications left out', async () => {
    const replies = (await send(url, [
      { jsonrpc: '2.0', id: 'a', method: 'tasks.queue', params: { jobname: 'addition', a: 1, b: 2 } },
      { jsonrpc: '2.0', method: 'tasks.revoke', params: ['nobody'] },
      { jsonrpc: '2.0', id: 7, method: 'no.such' },
      5,
      { jsonrpc: '2.0', id: null, method: 'tasks.get', params: ['nobody'] },
    ])) as Reply[]
    expect(replies).toMatchObject([
      { id: 'a', result: { result: 3 } },
      { id: 7, error: { code: -32601 } },
      { id: null, error: { code: -32600 } },
      { id: null, result: null },
    ])
  })
})

describe('JSON-RPC', () => {
  let api: Api
  let url: string

  beforeAll(async () => {
    ;({ api, url } = await serve({ rpcTimeout: '1s' }))
  })
  afterAll(closeAll)

  it.each([
    ['no JSON', '{"jsonrpc": "2.0", "method', -32700],
    ['nothing', '', -32700],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22]), -32700],
    ['a number', '1', -32600],
    ['an empty batch', '[]', -32600],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"tasks.job_list"}', -32600],
    ['a method that is no string', '{"jsonrpc":"2.0","id":1,"method":1}', -32600],
    ['parameters that are no structure', '{"jsonrpc":"2.0","id":1,"method":"tasks.job_list","params":"x"}', -32600],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"tasks.job_list"}', -32600],
    ['a million levels', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`, -32600],
    ['a batch of too many', JSON.stringify(Array.from({ length: 1_001 }, () => 1)), -32600],
    ['a method of objects', '{"jsonrpc":"2.0","id":1,"method":"__proto__"}', -32601],
    ['a method of maps', '{"jsonrpc":"2.0","id":1,"method":"constructor"}', -32601],
  ])('refuses by the numbers of the standard: %s', async (_what, body, code) => {
    const response = await post(url, body)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code } })
  })

  it('lists the methods', async () => {
    const { error } = await call(url, 'tasks.que')
    expect(error?.data?.['methods']).toEqual([
      'tasks.queue',
      'tasks.get',
      'tasks.revoke',
      'tasks.job_list',
      'tasks.next_scheduled_tasks',
    ])
  })

  it.each([
    ['tasks.queue', {}, 'jobname', 'a string that is not empty', 'nothing'],
    ['tasks.queue', { jobname: 'addition', a: 1 }, 'b', 'given', 'nothing'],
    ['tasks.queue', { jobname: 'addition', a: 1, b: 2, c: 3 }, 'c', 'absent', 'an unknown argument'],
    ['tasks.queue', { jobname: 'addition', meta_params: [] }, 'meta_params', 'an object', 'an array of 0'],
    [
      'tasks.queue',
      { jobname: 'echo', value: 1, queue_options: { priority: 10 } },
      'priority',
      'a whole number from 0 to 9',
      '10',
    ],
    [
      'tasks.queue',
      { jobname: 'echo', value: 1, queue_options: { queue: false } },
      'queue',
      'the name of a queue',
      'false',
    ],
    [
      'tasks.queue',
      { jobname: 'echo', value: 1, meta_params: { maxRetries: -1 } },
      'metaParams.maxRetries',
      'a whole number from 0 to 1,000,000,000',
      '-1',
    ],
    ['tasks.get', { id: 5 }, 'id', 'a string that is not empty', '5'],
    ['tasks.get', {}, 'id', 'a string that is not empty', 'nothing'],
    ['tasks.revoke', { ids: 'x' }, 'ids', 'absent', 'an unknown parameter'],
    ['tasks.job_list', { jobnames: [1] }, 'jobnames', 'a list of names', 'an array of 1'],
    ['tasks.job_list', [[], []], 'params', 'a list of at most 1', 'a list of 2'],
  ])('names the parameter that is wrong: %s %j', async (method, params, argument, expected, received) => {
    const { error } = await call(url, method, params)
    expect(error).toMatchObject({ code: -32602, data: { argument, expected, received } })
  })

  it('says the nearest name of a job that is not there', async () => {
    const { error } = await call(url, 'tasks.queue', { jobname: 'additon', a: 1, b: 2 })
    expect(error).toMatchObject({
      code: -32602,
      data: { code: 'PQ_TASK_NOT_AVAILABLE', job: 'additon', nearest: 'addition' },
    })
  })

  it('does not send the message of an internal error', async () => {
    const { error } = await call(url, 'tasks.queue', { jobname: 'addition', a: 1, b: 2 }, { 'x-broken': 'yes' })
    expect(error).toEqual({ code: -32603, message: 'the service failed; its log says why' })
    expect(await api.tasks.size('pulsarqueue')).toEqual([0])
  })

  it('waits no longer than its timeout, and names the task, which goes on', async () => {
    const { error } = await call(url, 'tasks.queue', { jobname: 'patient', ms: 2_000 })
    expect(error).toMatchObject({ code: -32000, data: { code: 'PQ_WAIT_TIMEOUT', id: expect.any(String) as string } })
    const id = error?.data?.['id'] as string
    expect((await api.tasks.get(id))?.done()).toBe(false)
    await until('the task to be over', async () => ((await api.tasks.get(id))?.isSuccess() ? true : undefined))
  })

  it('answers a thousand calls in one batch, without a warning', async () => {
    const warnings: Error[] = []
    const warned = (warning: Error): void => void warnings.push(warning)
    process.on('warning', warned)
    const params = { jobname: 'addition', a: 1, b: 2 }
    const batch = Array.from({ length: 1_000 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'tasks.queue', params }))
    // Each of them may wait as long as the machine needs for all.
    const { url: patientUrl } = await serve({ dataStore: 'embedded::memory:batch' })
    const replies = (await send(patientUrl, batch)) as Reply[]
    expect(replies.map(({ id }) => id)).toEqual(batch.map(({ id }) => id))
    expect(replies.every(({ result }) => (result as { result: unknown }).result === 3)).toBe(true)
    process.off('warning', warned)
    expect(warnings).toEqual([])
  })

  it('leaves a task alone whose caller has gone away', async () => {
    const controller = new AbortController()
    const id = 'left-alone'
    const params = { jobname: 'patient', ms: 500, queue_options: { id } }
    const asked = fetch(url, {
      method: 'POST',
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tasks.queue', params }),
      headers: { 'content-type': 'application/json' },
      signal: controller.signal,
    })
    asked.catch(() => undefined)
    await until('the task to run', async () => ((await api.tasks.get(id))?.progress === 'here' ? true : undefined))
    controller.abort()
    await expect(asked).rejects.toThrow()
    await until('the task to be over', async () => ((await api.tasks.get(id))?.isSuccess() ? true : undefined))
  })

  it('logs nothing about callers that hang up in the middle of a request', async () => {
    const logger = new KeptLogger()
    const app = new PulsarQueue(SETTINGS)
    app.container.register(Logger, { useValue: logger })
    open.push(app)
    await app.start()
    const { port } = new URL(app.rpcUrl ?? '')
    const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    const bodies = ['Content-Length: 1000\r\n\r\n{"json', 'Transfer-Encoding: chunked\r\n\r\n6\r\n{"json\r\n']
    for (const body of bodies) {
      for (const leave of ['destroy', 'end'] as const) {
        const socket = connect(Number(port), '127.0.0.1')
        socket.on('error', () => undefined)
        const closed = once(socket.resume(), 'close')
        socket.write(head + body)
        // A second request on another connection is answered after the first was read.
        await fetch(`${app.rpcUrl ?? ''}/healthz`)
        socket[leave]()
        await closed
      }
    }
    await fetch(`${app.rpcUrl ?? ''}/healthz`)
    expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('takes JSON alone, and not too much of it', async () => {
    const ask = async (type: string) => (await post(url, '1', { 'content-type': type })).status
    expect(await ask('text/plain')).toBe(415)
    expect(await ask('application/json; charset=latin1')).toBe(415)
    for (const type of [
      'application/json; charset=UTF-8',
      'application/json;charset="utf-8"',
      'application/json; charset=utf8; version=1',
      'Application/JSON-RPC',
      'application/json-rpc; charset=utf-8',
      'application/jsonrequest',
    ]) {
      expect([type, await ask(type)]).toEqual([type, 200])
    }
    expect(await ask('application/json-rpc; version=1; charset=utf-16')).toBe(415)
    expect(await ask('application/jsonp')).toBe(415)
    const large = await post(url, `"${'x'.repeat(4 * 1024 * 1024)}"`)
    expect([large.status, ((await large.json()) as Reply).error?.code]).toEqual([413, -32600])
    // Without a length, it is counted as it comes.
    const chunks = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(Buffer.alloc(65_536, 0x20))
      },
    })
    const headers = { 'content-type': 'application/json' }
    expect((await fetch(url, { method: 'POST', body: chunks, duplex: 'half', headers })).status).toBe(413)
  })

  it('takes POST at / alone', async () => {
    expect((await fetch(url)).status).toBe(405)
    expect((await fetch(url, { method: 'OPTIONS' })).status).toBe(405)
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404)
    expect((await post(`${url}/healthz`, '1')).status).toBe(404)
  })

  it('refuses what web pages of others send through a browser', async () => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"tasks.job_list"}'
    expect((await post(url, body, { origin: 'http://evil.example' })).status).toBe(403)
    expect((await post(url, body, { origin: 'null' })).status).toBe(403)
    expect((await post(url, body, { origin: url })).status).toBe(200)
    const asked = async (host: string, more: object = {}) => {
      const headers = { host, 'content-type': 'application/json', ...more }
      const { statusCode, body: reply } = await request(url, { method: 'POST', body, headers })
      await reply.dump()
      return statusCode
    }
    expect(await asked('evil.example')).toBe(403)
    expect(await asked('127.0.0.1.evil.example:8060')).toBe(403)
    expect(await asked('127.0.0.1:1')).toBe(200)
    expect(await asked('[::1]:8060')).toBe(200)
    expect(await asked('localhost:80', { origin: 'http://localhost:80' })).toBe(200)
  })

  it('reports that the process lives, and that it is ready', async () => {
    const health = await fetch(`${url}/healthz`)
    expect([health.status, await health.json()]).toEqual([200, { status: 'alive' }])
    const ready = await fetch(`${url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }])
  })
})

describe('JSON-RPC with a token', () => {
  afterEach(closeAll)

  it('is open to whoever has it', async () => {
    const { url } = await serve({ rpcToken: 'a.long-secret' })
    const body = '{"jsonrpc":"2.0","id":1,"method":"tasks.job_list"}'
    const ask = async (headers: Record<string, string>) => (await post(url, body, headers)).status
    expect(await ask({ authorization: 'Bearer a.long-secret' })).toBe(200)
    expect(await ask({ authorization: 'Bearer a.long-secret', origin: 'http://other.example' })).toBe(200)
    expect(await ask({ authorization: 'Bearer a.long-secre' })).toBe(401)
    expect(await ask({ authorization: 'Basic abc' })).toBe(400)
    expect(await ask({})).toBe(401)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })
})
