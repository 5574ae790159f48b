import type { Api, ConsumerWorker, Info, Message as AnyMessage, RpcRequest } from 'pulsar-queue'
import { ConsumerAPI, Logger, Manager, Message, MessageType, PulsarQueue, Task, TaskFailedError } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call } from '../rpc/call.js'
import { KeptLogger } from '../support/kept-logger.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'

const COMBINATIONS = STORES.flatMap(({ store, make }) =>
  (['json', 'msgpack'] as const).map((serializer) => ({ store, make, serializer })),
)

const JOBS = new URL('./jobs/app.ts', import.meta.url)

class AuditManager extends Manager {
  readonly stored: string[] = []
  override storeMessage(message: AnyMessage) {
    if (message instanceof Task) this.stored.push(`${message.name} ${message.statusString}`)
    throw new Error('the audit is closed')
  }
  override taskRequestParameters({ jobname }: RpcRequest) {
    return { asked: jobname }
  }
}

@MessageType('parity.tweet')
class Tweet extends Message {
  text = ''
}

class Tweets extends ConsumerAPI {
  readonly name = 'tweets'
  override readonly messages = [Tweet]
  readonly calls: string[] = []
  override start({ name }: ConsumerWorker) {
    this.calls.push(`start ${name === '' ? '' : 'in a worker'}`)
  }
  override info() {
    return { calls: this.calls.length }
  }
  override execute(message: AnyMessage) {
    return message instanceof Tweet ? message.text.toUpperCase() : 'no tweet'
  }
}

/** What the Python project promises of an application, where one process serves and produces (docs/from-python.md). */
describe.each(COMBINATIONS)('an application as the original, on $store with $serializer:', ({ make, serializer }) => {
  const logger = new KeptLogger()
  let store: Store
  let app: PulsarQueue
  let api: Api

  beforeAll(async () => {
    store = await make()
    app = new PulsarQueue(AuditManager, {
      dataStore: store.url,
      taskPaths: [JOBS],
      messageSerializer: serializer,
      taskQueues: ['first', 'second'],
      defaultTaskQueue: 'first',
      consumers: [Tweets],
      workers: 0,
      parseConsole: false,
      rpcBind: '127.0.0.1:0',
    })
    app.container.register(Logger, { useValue: logger })
    api = await app.api().start()
    await app.start()
  })
  afterAll(async () => {
    await app.close()
    await store.dispose()
  })

  it('a manager is the first argument, and what its storeMessage throws is logged and harms no task', async () => {
    const { manager } = api
    if (!(manager instanceof AuditManager)) expect.fail('another manager')
    manager.stored.length = 0
    const warned = logger.lines.length
    expect((await api.tasks.queue('addition', { a: 1, b: 2 })).result).toBe(3)
    // The worker of this process may hear of the task before the producer is told that it is queued.
    const stored = (): string[] => manager.stored.toSorted()
    await expect.poll(stored).toEqual(['addition QUEUED', 'addition STARTED', 'addition SUCCESS'])
    const lines = logger.lines.slice(warned).filter(({ message }) => message.includes('the audit is closed'))
    expect(lines.length).toBeGreaterThan(0)
    expect(manager.queues()).toEqual([api.nodeName, 'first', 'second'])
  })

  it('a manager can be bound in the container, too', async () => {
    class OtherManager extends Manager {}
    const other = new PulsarQueue({ dataStore: store.url, taskPaths: [JOBS], logLevel: 'silent' })
    other.container.register(Manager, { useClass: OtherManager })
    expect((await other.api().start()).manager).toBeInstanceOf(OtherManager)
    await other.close()
  })

  it('taskRequestParameters adds to the metaParams of a task that is queued over HTTP', async () => {
    const params = { jobname: 'addition', a: 1, b: 2, meta_params: { kept: 1, asked: 'by the caller' } }
    const { result } = await call(app.rpcUrl ?? '', 'tasks.queue', params)
    expect(result).toMatchObject({ result: 3, meta: { kept: 1, asked: 'addition' } })
  })

  it('two jobs of one name are an error', async () => {
    const files = ['one', 'two'].map((name) => new URL(`./jobs/twice-${name}.ts`, import.meta.url))
    const twice = new PulsarQueue({ dataStore: store.url, taskPaths: files, logLevel: 'silent' })
    await expect(twice.api().start()).rejects.toMatchObject({ code: 'PQ_DUPLICATE_JOB', job: 'twice' })
    await twice.close()
  })

  it('a NonRetryableError ends a task without retries', async () => {
    const task = await api.tasks.queue('never.again')
    expect(task).toMatchObject({ statusString: 'FAILURE', exception: 'no use', retry: 1 })
  })

  it('tasks over maxConcurrency wait for their turn', async () => {
    const tasks = await Promise.all(api.tasks.queueMany('one.at.a.time', [{}, {}, {}]))
    expect(tasks.map(({ statusString }) => statusString)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS'])
    const spans = tasks.map(({ timeStarted, timeEnded }) => ({ timeStarted, timeEnded }))
    spans.sort((a, b) => a.timeStarted - b.timeStarted || a.timeEnded - b.timeEnded)
    for (const [i, { timeStarted }] of spans.slice(1).entries()) {
      expect(timeStarted).toBeGreaterThanOrEqual(Number(spans[i]?.timeEnded))
    }
  })

  it('a shell command that does not end with exit code 0 throws a ShellError', async () => {
    expect((await api.tasks.queue('shell', { command: 'echo here' })).result).toBe('here\n')
    const task = await api.tasks.queue('shell', { command: 'echo said; exit 3' })
    expect(task).toMatchObject({ statusString: 'FAILURE', error: { code: 'PQ_SHELL', data: { exitCode: 3 } } })
  })

  it('a job tells its progress, has a fence, and its signal is aborted when its task is revoked', async () => {
    const future = api.tasks.queue('listens')
    await expect.poll(async () => (await api.tasks.get(future.id))?.progress).toEqual({ percent: 50, fence: true })
    expect(await future.revoke()).toBe(true)
    expect(await future).toMatchObject({ statusString: 'REVOKED' })
  })

  it('a future waits no longer than it is told to, and result() throws what the job threw', async () => {
    const late = api.tasks.queue('addition', {}, { delay: '1h' })
    await expect(late.wait('10ms')).rejects.toMatchObject({ code: 'PQ_WAIT_TIMEOUT' })
    expect(await late.revoke()).toBe(true)
    expect((await late).statusString).toBe('REVOKED')
    expect((await api.tasks.queue('fails')).statusString).toBe('FAILURE')
    const error: unknown = await api.tasks
      .queue('fails')
      .result()
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TaskFailedError)
    expect((error as Error).message).toContain('the reason')
    expect(await api.tasks.queue('addition', { a: 1 }).result()).toBe(1)
  })

  it('a task has its own id, priority and metadata, and times that are 0 until they come', async () => {
    const options = { id: `mine-${serializer}`, priority: 9, delay: '1h', callback: false } as const
    const queued = await api.tasks.queue('addition', {}, { ...options, metaParams: { by: 'me', maxRetries: 2 } })
    expect(queued).toMatchObject({ id: options.id, priority: 9, meta: { by: 'me', maxRetries: 2 } })
    expect([queued.timeQueued > 0, queued.timeStarted, queued.timeEnded]).toEqual([true, 0, 0])
    const again = await api.tasks.queue('addition', { a: 5 }, { id: options.id, callback: false })
    expect([again.kwargs, await api.tasks.size('first')]).toEqual([{}, [1]])
    const elsewhere = await api.tasks.queue('addition', { a: 5 }, { ...options, queue: 'second' })
    expect([elsewhere.kwargs, await api.tasks.flushQueues('first', 'second')]).toEqual([{ a: 5 }, [1, 1]])
  })

  it('the app that serves consumes its queues, and pauses and resumes them', async () => {
    expect(await api.tasks.queues()).toEqual([api.nodeName, 'first', 'second'])
    await api.tasks.pause('second')
    const future = api.tasks.queue('addition', { a: 2 }, { queue: 'second' })
    await expect.poll(async () => await api.tasks.size('second')).toEqual([1])
    await api.tasks.resume('second')
    expect((await future).result).toBe(2)
  })

  it('messages of other types go to their consumer', async () => {
    const tweet = Object.assign(new Tweet(), { text: 'hello' })
    expect((await api.queue(tweet)).result).toBe('HELLO')
    expect((await api.broker.queue(tweet)).result).toBe('HELLO')
    expect(await api.execute(tweet)).toBe('HELLO')
    expect(api.consumers.map(({ name }) => name)).toEqual(['tasks', 'tweets'])
    expect((api as unknown as { tweets: Tweets }).tweets.calls).toEqual(['start in a worker'])
  })

  it('api.info describes the process, and each worker tells its status', async () => {
    const heard = new Promise<Info>((resolve) => {
      void api.onEvents('consumer', 'status', (_channel, _event, message) => {
        resolve(message as unknown as Info)
      })
    })
    expect(api.info()).toMatchObject({
      node: api.nodeName,
      pid: process.pid,
      tasks: { queues: [api.nodeName, 'first', 'second'], concurrentTasks: 5 },
      consumers: { tweets: { calls: 1 } },
    })
    expect(await heard).toBeDefined()
  })

  it('execute.python and execute.python.script run programs, with execute.node beside them', async () => {
    const library = new PulsarQueue({
      dataStore: store.url,
      taskPaths: ['pulsar-queue/jobs'],
      logLevel: 'silent',
      parseConsole: false,
    })
    const { tasks } = await library.api().start()
    expect(tasks.jobList().map(([name]) => name)).toEqual([
      'execute.node',
      'execute.node.script',
      'execute.python',
      'execute.python.script',
    ])
    expect((await tasks.execute('execute.python', { code: 'print("Hello World!")' })).result).toBe('Hello World!\n')
    await library.close()
  })
})
