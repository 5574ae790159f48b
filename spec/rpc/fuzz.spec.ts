import type { Api } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import type { Reply } from './call.js'
import { call, post } from './call.js'

const JOBS = new URL('./fixtures/jobs.ts', import.meta.url)

const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'toJSON',
  'then',
  'jsonrpc',
  'id',
  'method',
  'params',
  'jobname',
  'meta_params',
  'queue_options',
  'maxRetries',
  'callback',
  '$',
  '',
  '\0',
  '\ud800',
]
const key = fc.oneof(fc.constantFrom(...names), fc.string({ unit: 'binary', maxLength: 8 }))
const text = fc.oneof(fc.constantFrom(...names, 'tasks.queue', 'echo', '2.0'), fc.string({ unit: 'binary' }))
const leaf = fc.oneof(fc.constant(null), fc.boolean(), fc.double({ noNaN: true, noDefaultInfinity: true }), text)

/** JSON as text, so that `__proto__` and lone surrogates go over the wire as an attacker would send them. */
const json: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf.map((value) => JSON.stringify(value)),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join()}]`),
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 4 })
      .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join()}}`),
  ),
})).value

const method = fc.oneof(
  fc.constantFrom('tasks.queue', 'tasks.get', 'tasks.revoke', 'tasks.job_list', 'tasks.next_scheduled_tasks'),
  text,
)
const request = fc
  .tuple(method, json, json)
  .map(([name, params, id]) => `{"jsonrpc":"2.0","method":${JSON.stringify(name)},"params":${params},"id":${id}}`)
/** Calls of a real job, with members that it does not expect. */
const queueing = fc
  .tuple(json, json, json)
  .map(
    ([value, meta, options]) =>
      `{"jsonrpc":"2.0","id":1,"method":"tasks.queue","params":{"jobname":"echo","value":${value},` +
      `"meta_params":${meta},"queue_options":${options}}}`,
  )
const body = fc.oneof(
  request,
  queueing,
  fc.array(request, { maxLength: 5 }).map((each) => `[${each.join()}]`),
  json,
  fc.string({ unit: 'binary' }),
)

describe.each(STORES)('JSON-RPC under hostile input, on $store', ({ make }) => {
  let store: Store
  let app: PulsarQueue
  let api: Api
  let url: string
  let wentWrong = 0

  beforeAll(async () => {
    store = await make()
    app = new PulsarQueue({
      dataStore: store.url,
      taskPaths: [JOBS],
      parseConsole: false,
      workers: 0,
      logLevel: 'silent',
      rpcBind: 0,
      rpcTimeout: '5s',
      concurrentTasks: 50,
    })
    api = await app.api().start()
    await app.start()
    url = app.rpcUrl ?? ''
    process.on('uncaughtExceptionMonitor', count)
  })
  afterAll(async () => {
    process.off('uncaughtExceptionMonitor', count)
    await app.close()
    await store.dispose()
  })
  const count = (): void => {
    wentWrong += 1
  }

  const unharmed = async (): Promise<void> => {
    const { result } = await call(url, 'tasks.queue', { jobname: 'addition', a: 2, b: 3 })
    expect((result as { result: unknown }).result).toBe(5)
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    expect(wentWrong).toBe(0)
  }

  it('answers whatever is sent by the standard, and never with an internal error', async () => {
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        const response = await post(url, sent)
        const received = await response.text()
        expect([200, 204]).toContain(response.status)
        if (response.status === 204) {
          expect(received).toBe('')
          return
        }
        const reply = JSON.parse(received) as Reply | Reply[]
        for (const each of Array.isArray(reply) ? reply : [reply]) {
          expect(each.jsonrpc).toBe('2.0')
          expect('result' in each).not.toBe('error' in each)
          expect(each.id === null || ['string', 'number'].includes(typeof each.id)).toBe(true)
          if (each.error) expect([-32700, -32600, -32601, -32602, -32000]).toContain(each.error.code)
        }
      }),
      { numRuns: 300 },
    )
    await unharmed()
  }, 60_000)

  it('answers bytes of any kind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (sent) => {
        const reply = (await (await post(url, sent)).json()) as Reply
        expect([-32700, -32600]).toContain(reply.error?.code)
      }),
      { numRuns: 100 },
    )
    await unharmed()
  }, 60_000)

  it('carries what it takes unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(json, async (value) => {
        const sent = `{"jsonrpc":"2.0","id":1,"method":"tasks.queue","params":{"jobname":"echo","value":${value}}}`
        const { result, error } = (await (await post(url, sent)).json()) as Reply
        if (error) {
          expect(error).toMatchObject({ code: -32602, data: { code: expect.stringMatching(/^PQ_/) as string } })
          return
        }
        expect(JSON.stringify((result as { result: unknown }).result)).toBe(JSON.stringify(JSON.parse(value)))
      }),
      { numRuns: 200 },
    )
    await unharmed()
  }, 60_000)

  it('reaches no prototype by way of arguments, metadata or options', async () => {
    const polluted = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
    for (const [name, value] of [
      ['value', polluted],
      ['meta_params', polluted],
      ['queue_options', polluted],
      ['__proto__', '{"jobname":"echo","value":1,"polluted":1}'],
    ] as const) {
      const params = `{"jobname":"echo","value":1,${JSON.stringify(name)}:${value}}`
      await post(url, `{"jsonrpc":"2.0","id":1,"method":"tasks.queue","params":${params}}`)
    }
    await unharmed()
  })

  it('refuses what is nested too deeply, and a string that is too long, and goes on', async () => {
    const deep = '{"value":'.repeat(90_000) + '1' + '}'.repeat(90_000)
    const nested = `{"jsonrpc":"2.0","id":1,"method":"tasks.queue","params":{"jobname":"echo","value":${deep}}}`
    expect(((await (await post(url, nested)).json()) as Reply).error?.code).toBe(-32600)
    const long = await post(url, `"${'x'.repeat(20_000_000)}"`).then(
      ({ status }) => status,
      // The connection is closed before all is sent.
      () => 413,
    )
    expect(long).toBe(413)
    await unharmed()
    expect(await api.tasks.queues()).toEqual(expect.arrayContaining(['pulsarqueue']))
  })
})
