import { inspect } from 'node:util'
import { PulsarQueue, Logger, defineJob } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeptLogger } from '../support/kept-logger.js'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'
import { until } from '../support/until.js'

/** Each has characters that a URL encodes: it must not come out in either form. */
const RIGHT = 'pl4nted/secret'
const WRONG = 'an0ther:secret'
const TOKEN = 'rpc-t0ken-secret'

const fails = defineJob({ name: 'secrets.fails' }, function (this: unknown) {
  throw new Error('as planned')
})
const says = defineJob({ name: 'secrets.says' }, (a: number) => a)

describe('a password in the URL of a store, and the token of the RPC', () => {
  const logger = new KeptLogger()
  const seen: unknown[] = []
  let server: RedisServer
  const apps: PulsarQueue[] = []

  beforeEach(async () => {
    server = await startRedisServer(['--requirepass', RIGHT])
  })
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close()
    await server.stop()
  })

  const appOf = (password: string): PulsarQueue => {
    const dataStore = `redis://:${encodeURIComponent(password)}@127.0.0.1:${String(server.port)}/0?connectTimeout=400ms`
    const settings = { workers: 0, parseConsole: false, rpcBind: 0, rpcToken: TOKEN, leaseTtl: '1s' } as const
    const app = new PulsarQueue({ dataStore, ...settings })
    app.container.register(Logger, { useValue: logger })
    apps.push(app)
    return app
  }

  /** Whatever throws is kept with all that it holds. */
  const keep = async (what: Promise<unknown>): Promise<void> => {
    seen.push(await what.catch((error: unknown) => error))
  }

  it('never come out in logs, errors, events, tasks, info() or replies', async () => {
    const app = appOf(RIGHT)
    const api = await app.api().start()
    await api.onEvents('task', '*', (...heard) => seen.push(heard))
    await api.onEvents('consumer', '*', (...heard) => seen.push(heard))
    await app.start()
    await keep(api.tasks.queue(says, [1]))
    await keep(api.tasks.queue(fails, []))
    await keep(Promise.resolve(api.info()))
    seen.push(api.broker.address, app.rpcUrl)
    for (const authorization of [undefined, 'Bearer wrong'])
      await keep(
        fetch(app.rpcUrl ?? '', {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
          body: '{"jsonrpc":"2.0","id":1,"method":"tasks.get","params":{"id":"x"}}',
        }).then(async (response) => [response.status, [...response.headers], await response.text()]),
      )
    await until('a status', () => (seen.some((each) => inspect(each).includes('status')) ? true : undefined))
    await keep(appOf(WRONG).start())
    await server.kill()
    await keep(api.tasks.queue(says, [2]))
    await keep(api.tasks.get('x'))
    await keep(appOf(RIGHT).start())
    await until('the outage', () => (logger.lines.some(({ level }) => level === 'error') ? true : undefined))

    const text = inspect([seen, logger.lines], {
      depth: Infinity,
      maxStringLength: Infinity,
      maxArrayLength: Infinity,
      showHidden: true,
    })
    expect(text).toContain('PQ_BROKER_UNREACHABLE')
    for (const secret of [RIGHT, WRONG, TOKEN]) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(encodeURIComponent(secret))
    }
  })
})
