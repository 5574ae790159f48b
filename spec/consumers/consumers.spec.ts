import { fileURLToPath } from 'node:url'
import type { Api, ConsumerStatus } from 'pulsar-queue'
import { ConsumerAPI, Manager, Message, MessageType, PulsarQueue, Task } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call } from '../rpc/call.js'
import type { ServerProcess } from '../support/server-process.js'
import { startServer } from '../support/server-process.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'
import { Retweet, Tweet, Tweets } from './fixtures/tweets.js'

const MANAGE = fileURLToPath(new URL('./fixtures/manage.mjs', import.meta.url))

describe.each(STORES)('consumers on $store', ({ make }) => {
  let store: Store
  let server: ServerProcess
  let app: PulsarQueue
  let api: Api
  const stored: Message[] = []

  class Storing extends Manager {
    override storeMessage(message: Message) {
      stored.push(message)
    }
  }

  beforeAll(async () => {
    store = await make()
    const settings = ['--data-store', store.url, '--workers', '1', '--lease-ttl', '1s', '--rpc-bind', '127.0.0.1:0']
    server = await startServer(MANAGE, settings)
    app = new PulsarQueue(Storing, { dataStore: store.url, consumers: [Tweets], logLevel: 'silent' })
    api = await app.api().start()
  })
  afterAll(async () => {
    await server.kill('SIGTERM')
    await app.close()
    await store.dispose()
  })

  it('take the messages of their types, which are as safe as tasks', async () => {
    const task = await api.queue(new Tweet('ada', 'the engine weaves patterns'))
    expect(task).toMatchObject({ statusString: 'SUCCESS', exception: null })
    expect(task.result).toEqual({ words: 4, length: 26, by: task.worker })
    expect(stored.at(-1)).toBeInstanceOf(Tweet)
    expect(stored.at(-1)).toMatchObject({ author: 'ada', length: 26 })
    const failed = await api.queue(new Retweet('nobody'), { metaParams: { maxRetries: 1 } })
    expect(failed).toMatchObject({ statusString: 'FAILURE', exception: 'no tweet nobody', retry: 2 })
    const queued = await api.queue(new Tweet('bob', 'two words'), { callback: false })
    expect(queued.statusString).toBe('QUEUED')
    expect((await queued.doneCallback.wait()).result).toMatchObject({ words: 2 })
  })

  it('are members of the api, beside tasks', async () => {
    expect(api.tweets).toBeInstanceOf(Tweets)
    expect(api.consumers.map(({ name }) => name)).toEqual(['tasks', 'tweets'])
    expect(await api.execute(new Tweet('eve', 'here and now'))).toMatchObject({ words: 3, by: '' })
    expect(api.tasks.jobList()).toEqual([])
  })

  it('announce their messages by type', async () => {
    const heard: string[] = []
    const events = await api.onEvents('tweet', /queued|done/, (channel, event, message) => {
      heard.push(`${channel} ${event} ${message.author}`)
    })
    await api.queue(new Tweet('ada', 'again'))
    await until('both events', () => (heard.length >= 2 ? true : undefined))
    expect(heard.sort()).toEqual(['tweet done ada', 'tweet queued ada'])
    await api.publish('liked', new Tweet('bob', 'not asked for'))
    await events.close()
  })

  it('and workers publish their status every two seconds', async () => {
    const statuses: ConsumerStatus[] = []
    const events = await api.onEvents('consumer', 'status', (_channel, _event, status) => statuses.push(status))
    const [first, second] = await until('two of them', () => (statuses.length >= 2 ? statuses : undefined))
    await events.close()
    expect(first).toMatchObject({
      node: api.nodeName,
      queues: [api.nodeName, 'pulsarqueue'],
      concurrentTasks: 5,
      running: 0,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    })
    expect(first?.worker).toBe(`${api.nodeName}-${String(first?.pid)}`)
    expect(second?.processed).toBeGreaterThanOrEqual(first?.processed ?? Infinity)
    expect(second?.memory.rss).toBeGreaterThan(1_000_000)
    expect(second?.eventLoopDelay.max).toBeGreaterThanOrEqual(second?.eventLoopDelay.mean ?? Infinity)
    expect((second?.consumers['tweets'] as { ticks: number }).ticks).toBeGreaterThan(1)
    expect(server.output()).toContain('consumer tweets: tick() failed: the first tick fails')
  })

  it('serve methods of JSON-RPC', async () => {
    const url = /^rpc (.*)$/m.exec(server.output())?.[1] ?? ''
    expect(await call(url, 'tweets.count', { text: 'a b c' })).toMatchObject({ result: 3 })
  })

  it('are a part of api.info(), which shows no passwords', () => {
    expect(api.info()).toMatchObject({
      node: api.nodeName,
      worker: null,
      pid: process.pid,
      dataStore: store.url,
      tasks: { queues: [api.nodeName, 'pulsarqueue'], concurrentTasks: 5, running: 0, processed: 0 },
      consumers: { tweets: { ticks: 0 } },
    })
  })

  it('queue a task once more', async () => {
    const task: Message = await api.queue(new Tweet('x', 'y'))
    if (!(task instanceof Task)) throw new Error('expected a task')
    const again = await api.queue(task)
    expect([again.id === task.id, again.statusString]).toEqual([false, 'SUCCESS'])
  })
})

describe('a mistake in a consumer or a message is named', () => {
  const start = async (...consumers: (new () => ConsumerAPI)[]): Promise<unknown> => {
    const app = new PulsarQueue({ dataStore: 'embedded::memory:', consumers, logLevel: 'silent' })
    return await app
      .api()
      .start()
      .catch((error: unknown) => error)
      .finally(() => app.close())
  }
  abstract class Nothing extends ConsumerAPI {
    execute() {
      return null
    }
  }

  it('a name that is taken or malformed, and a type that two consumers take', async () => {
    class Tasks extends Nothing {
      readonly name = 'tasks'
    }
    class Bad extends Nothing {
      readonly name = 'not a name'
    }
    class One extends Nothing {
      readonly name = 'one'
      override readonly messages = [Tweet]
    }
    class Two extends Nothing {
      readonly name = 'two'
      override readonly messages = [Tweet]
    }
    class Untyped extends Message {}
    class Three extends Nothing {
      readonly name = 'three'
      override readonly messages = [Untyped]
    }
    for (const [consumers, message] of [
      [[Tasks], /consumers with names of their own, got tasks, which is taken/],
      [[Bad], /consumers with a name, got "not a name"/],
      [[One, Two], /one consumer for messages of type tweet, got one and two/],
      [[Three], /classes with @MessageType, got three with Untyped/],
    ] as const) {
      const error = await start(...consumers)
      expect(error).toMatchObject({ code: 'PQ_INVALID_SETTING', setting: 'consumers' })
      expect((error as Error).message).toMatch(message)
    }
  })

  it('a type of message that is taken, malformed, or nobody consumes', async () => {
    expect(() => {
      MessageType('tweet')(class Other extends Message {})
    }).toThrow(expect.objectContaining({ code: 'PQ_MESSAGE_TYPE', type: 'tweet' }))
    expect(() => MessageType('no good')).toThrow(/expected message type "no good" to be a name such as 'tweet'/)
    expect(() => {
      MessageType('plain')(class {})
    }).toThrow(/a class that extends Message/)

    @MessageType('unheard')
    class Unheard extends Message {}
    const app = new PulsarQueue({ dataStore: 'embedded::memory:', logLevel: 'silent' })
    const api = await app.api().start()
    await expect(api.execute(new Unheard())).rejects.toMatchObject({ code: 'PQ_MESSAGE_TYPE', type: 'unheard' })
    await expect(api.queue(new Unheard())).rejects.toMatchObject({ code: 'PQ_MESSAGE_TYPE', type: 'unheard' })
    await expect(api.onEvents('nothing' as 'task', '*', () => undefined)).rejects.toMatchObject({
      code: 'PQ_INVALID_OPTION',
      option: 'messageType',
    })
    await app.close()
  })
})
