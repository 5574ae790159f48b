import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import type { Api, EventCallback } from 'pulsar-queue'
import { Broker, FULL_RUN_STATES, PulsarQueue, READY_STATES, statusString, Task, TaskFuture } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call } from '../rpc/call.js'
import type { ServerProcess } from '../support/server-process.js'
import { startServer } from '../support/server-process.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'

const MANAGE = fileURLToPath(new URL('./manage.mjs', import.meta.url))
const SAMPLE = fileURLToPath(new URL('../../samples/thread-io/', import.meta.url))
const COMBINATIONS = STORES.flatMap(({ store, make }) =>
  (['json', 'msgpack'] as const).map((serializer) => ({ store, make, serializer })),
)

const MODES = ['asyncio', 'green', 'thread', 'process'] as const

/** The line of a log that contains a text. */
function lineOf(output: string, text: string): string | undefined {
  return output.split('\n').find((line) => line.includes(text))
}

/** The promises of the Python project's README and changelog, under the names of this project (docs/from-python.md). */
describe.each(COMBINATIONS)('as the original, on $store with $serializer:', ({ make, serializer }) => {
  let store: Store
  let directory: string
  let app: PulsarQueue
  let api: Api
  let server: ServerProcess

  const queue = async (job: string, args: object = {}, options: object = {}): Promise<Task> =>
    await api.tasks.queue(job, args as Record<string, unknown>, options)
  const rpc = async (method: string, params: object): Promise<unknown> => {
    const url = /^rpc (.*)$/m.exec(server.output())?.[1] ?? ''
    return (await call(url, method, params)).result
  }

  beforeAll(async () => {
    store = await make()
    directory = mkdtempSync(join(tmpdir(), 'pq-parity-'))
    const settings = ['--data-store', store.url, '--message-serializer', serializer, '--default-task-queue', 'first']
    const more = ['--workers', '2', '--schedule-periodic', '--task-queues', 'first,second', '--rpc-bind', '127.0.0.1:0']
    server = await startServer(MANAGE, [...settings, ...more])
    app = new PulsarQueue({
      dataStore: store.url,
      messageSerializer: serializer,
      taskQueues: ['first', 'second'],
      defaultTaskQueue: 'first',
      taskPaths: [new URL('./jobs/standard.ts', import.meta.url), join(SAMPLE, 'jobs/*.ts'), 'pulsar-queue/jobs'],
      logLevel: 'silent',
    })
    api = await app.api().start()
  })
  afterAll(async () => {
    expect(await server.kill('SIGTERM')).toBe(0)
    await app.close()
    await store.dispose()
    rmSync(directory, { recursive: true })
  })

  it('a queued task gives a future, and the future its task', async () => {
    const future = api.tasks.queue('addition', { a: 40, b: 50 })
    expect(future).toBeInstanceOf(TaskFuture)
    expect(String(future)).toBe(`<TaskFuture pending ID=${future.id}>`)
    const task = await future.wait()
    expect(task).toBeInstanceOf(Task)
    expect([task.statusString, task.result, task.done(), task.queue]).toEqual(['SUCCESS', 90, true, 'first'])
    expect(String(task)).toBe(`task.addition<${task.id}><SUCCESS>`)
    expect((await queue('subtraction', { a: 3, b: 4 })).result).toBe(-1)
    expect((await queue('asynchronous', { lag: 0.1 })).result).toBeGreaterThan(0.09)
  })

  it('callback: false gives the queued task, and its doneCallback the finished one', async () => {
    const task = await api.tasks.queue('asynchronous', {}, { callback: false })
    expect(task.statusString).toBe('QUEUED')
    expect((await task.doneCallback.wait()).statusString).toBe('SUCCESS')
  })

  it('doneCallback is the future of the end: it can be awaited, has the id and shows itself', async () => {
    const future = api.tasks.queue('asynchronous', {}, { callback: false })
    expect(inspect(future)).toBe(`<TaskFuture pending ID=${future.id}>`)
    const { doneCallback } = await future
    expect(inspect(future)).toBe(`<TaskFuture done ID=${future.id}>`)
    expect(doneCallback).toBeInstanceOf(TaskFuture)
    expect([doneCallback.id, String(doneCallback), inspect(doneCallback)]).toEqual([
      future.id,
      `<TaskFuture pending ID=${future.id}>`,
      `<TaskFuture pending ID=${future.id}>`,
    ])
    const done = await doneCallback
    expect([done.id, done.statusString]).toEqual([future.id, 'SUCCESS'])
    expect(String(doneCallback)).toBe(`<TaskFuture done ID=${future.id}>`)
    expect((await doneCallback.then((task) => task)).id).toBe(future.id)
  })

  it('api.broker.queue queues a message, as api.queue does', async () => {
    const task = await api.tasks.execute('addition', { a: 20, b: 22 })
    expect(await api.broker.queue(task)).toMatchObject({ name: 'addition', result: 42, queue: 'first' })
    expect(api.broker).toBeInstanceOf(Broker)
    expect(await api.broker.queues()).toContain('first')
  })

  it('a delay counts from when the task was queued', async () => {
    const future = api.tasks.queue('addition', { a: 4, b: 6 }, { callback: false, delay: 0.5 })
    const queued = await future.wait()
    const done = await queued.doneCallback.wait()
    expect([done.delay, done.result]).toEqual([500, 10])
    expect(done.timeStarted - queued.timeQueued).toBeGreaterThanOrEqual(499)
  })

  it('a task that has expired, or takes longer than its timeout, is revoked', async () => {
    await api.tasks.pause('second')
    const future = api.tasks.queue('addition', {}, { expires: '1ms', queue: 'second', callback: false })
    const queued = await future
    expect(queued.expiry).toBe(queued.timeQueued + 1)
    // A claim is too late from now on.
    await until('its expiry', () => (Date.now() > (queued.expiry ?? 0) + 1 ? true : undefined))
    await api.tasks.resume('second')
    expect(await queued.doneCallback.wait()).toMatchObject({ statusString: 'REVOKED', result: undefined })
    expect(await queue('slow', {}, { timeout: '100ms' })).toMatchObject({ statusString: 'REVOKED', result: undefined })
  })

  it('a run that took longer than its timeout is retried like a failure, for as long as maxRetries allows', async () => {
    const metaParams = { maxRetries: 2, retryDelay: '10ms' }
    const task = await queue('slow', {}, { timeout: '100ms', metaParams })
    expect(task).toMatchObject({ statusString: 'REVOKED', retry: 3 })
    expect((await queue('slow.once', {}, { timeout: '300ms', metaParams })).result).toBe(2)
  })

  it('a job sees the retries and the delay of its own task', async () => {
    const metaParams = { maxRetries: 2, retryDelay: '1500ms' }
    for (const job of ['about.retries.asyncio', 'about.retries.thread', 'about.retries.process']) {
      expect((await queue(job)).result).toEqual({ maxRetries: 1, retryDelay: 2_000 })
      expect((await queue(job, {}, { metaParams })).result).toEqual({ maxRetries: 2, retryDelay: 1_500 })
    }
  })

  it('queueLocal puts a task into the queue of the node, also from a job', async () => {
    const task = await api.tasks.queueLocal('local.queue')
    expect(task.queue).toBe(api.nodeName)
    expect(api.tasks.nodeName).toBe(api.nodeName)
    expect(task.result).toEqual({ queue: api.nodeName, node: api.nodeName })
    expect((await queue('queue.local')).result).toEqual({ queue: api.nodeName, node: api.nodeName })
  })

  it('execute runs a task at once, without a queue', async () => {
    const task = await api.tasks.execute('addition', { a: 3, b: -4 })
    expect([task.statusString, task.result, task.queue]).toEqual(['SUCCESS', -1, null])
    expect([task.worker, task.node]).toEqual([null, api.nodeName])
    const seen = { queue: null, worker: null }
    expect((await api.tasks.execute('where')).result).toEqual(seen)
    expect((await api.tasks.execute('where.thread')).result).toEqual(seen)
    // Nothing is retried.
    const slow = await api.tasks.execute('slow', {}, { timeout: '50ms', metaParams: { maxRetries: 3 } })
    expect([slow.statusString, slow.retry]).toEqual(['REVOKED', 1])
    expect((await api.tasks.execute('test.periodic.error', { message: 'no' })).statusString).toBe('FAILURE')
  })

  it('queue: false runs a task at once and is execute, with the future of queue', async () => {
    const future = api.tasks.queue('addition', { a: 3, b: -4 }, { queue: false })
    expect([future instanceof TaskFuture, String(future)]).toEqual([true, `<TaskFuture pending ID=${future.id}>`])
    const task = await future
    expect([task.id, task.statusString, task.result]).toEqual([future.id, 'SUCCESS', -1])
    expect([task.queue, task.worker, task.node]).toEqual([null, null, api.nodeName])
    expect(await api.tasks.get(future.id)).toBeNull()

    const executed = await api.tasks.queue('addition', { a: 1 }, { queue: false, callback: false, id: 'mine' })
    expect([executed.id, executed.statusString, executed.doneCallback.id]).toEqual(['mine', 'SUCCESS', 'mine'])
    expect((await executed.doneCallback).result).toBe(1)
    expect(
      await Promise.all(api.tasks.queueMany('where', [{}], { queue: false }).map((each) => each.result())),
    ).toEqual([{ queue: null, worker: null }])

    const slow = api.tasks.queue('slow', {}, { queue: false })
    expect(await slow.revoke()).toBe(true)
    expect(await slow).toMatchObject({ statusString: 'REVOKED', queue: null })
    expect(await slow.revoke()).toBe(false)
    const failed = api.tasks.queue('test.periodic.error', { message: 'no' }, { queue: false })
    await expect(failed.result()).rejects.toMatchObject({ code: 'PQ_TASK_FAILED', task: { exception: 'no' } })
    await expect(api.tasks.queue('addition', {}, { queue: false, delay: '2s' })).rejects.toMatchObject({
      code: 'PQ_INVALID_OPTION',
      option: 'delay',
    })
  })

  it.each(MODES)('a job of the mode %s can have a task run at once, too', async (mode) => {
    const task = await queue(`at.once.${mode}`)
    expect(task.result).toEqual({
      ids: true,
      queue: null,
      worker: null,
      fromTask: task.id,
      result: 5,
      nested: [null, 5],
      ended: 'SUCCESS',
      revoked: [true, 'REVOKED'],
    })
  })

  it.each(MODES)('job.backend is the app, as a job of the mode %s sees it', async (mode) => {
    const task = await queue(`about.backend.${mode}`)
    const { nodeName } = api
    const consumed = [nodeName, 'extra', 'first', 'second']
    expect(task.exception).toBeNull()
    expect(task.result).toEqual({
      nodes: [nodeName, nodeName, nodeName],
      isOfWorker: [true, true, consumed],
      name: 'first',
      queues: [consumed, consumed],
      done: true,
      local: [nodeName, true],
      executed: [null, 1],
      got: [true, 'QUEUED', null],
      revoked: [true, false],
      sizes: [[2], [2]],
      described: ['addition', 'regular'],
      periodic: ['test.periodic', true],
      locks: [null, true, true],
      refused: 'PQ_INVALID_OPTION',
      unknown: 'PQ_TASK_NOT_AVAILABLE',
    })
    await until('the line', () => server.output().includes(`told by about.backend.${mode}`) || undefined)
    expect(lineOf(server.output(), `told by about.backend.${mode}`)).not.toContain(task.id)
  })

  it('events are asked for by a regular expression that their whole name matches', async () => {
    const heard: Record<string, string[]> = {}
    const id = `events-${String(Math.random())}`
    for (const pattern of ['queued|done', 'do', 'd.*', '(?:started)', '*']) {
      const events: string[] = (heard[pattern] = [])
      await api.onEvents('task', pattern, (_channel, event, task) => {
        if (task.id === id) events.push(event)
      })
    }
    await queue('addition', {}, { id })
    await until('all events', () => (heard['*']?.includes('done') && heard['d.*']?.length === 1 ? true : undefined))
    expect(heard).toEqual({
      'queued|done': ['queued', 'done'],
      do: [],
      'd.*': ['done'],
      '(?:started)': ['started'],
      '*': ['queued', 'started', 'done'],
    })
    await expect(api.onEvents('task', 'done(', () => undefined)).rejects.toMatchObject({
      code: 'PQ_INVALID_OPTION',
      option: 'pattern',
    })
  })

  it('queues and sizes can be asked for, and queues flushed', async () => {
    // A producer consumes none.
    expect(await api.tasks.queues()).toEqual([])
    expect(await api.broker.queues()).toEqual(expect.arrayContaining(['first', 'second', 'extra', api.nodeName]))
    await Promise.all(api.tasks.queueMany('addition', [{}, {}, {}], { callback: false, delay: '1h', queue: 'second' }))
    expect(await api.tasks.size('second')).toEqual([3])
    expect(await api.tasks.flushQueues('second')).toEqual([3])
    expect(await api.tasks.size('second')).toEqual([0])
    // The queue that the manager added is consumed as well.
    expect((await queue('addition', { a: 1 }, { queue: 'extra' })).result).toBe(1)
  })

  it('jobList describes every job', () => {
    const jobs = Object.fromEntries(api.tasks.jobList())
    expect(jobs['execute.python']).toEqual({
      type: 'regular',
      concurrency: 'asyncio',
      docSyntax: 'markdown',
      doc: 'Runs Python in a process of its own. The result is what the program prints.',
      parameters: [{ name: 'code', check: 'string' }],
    })
    expect(jobs['test.periodic']).toMatchObject({ type: 'periodic', concurrency: 'asyncio' })
    expect(jobs['extract.docx']).toMatchObject({ concurrency: 'thread' })
    expect(jobs['green']).toMatchObject({ concurrency: 'green' })
    expect(api.tasks.jobList('addition').map(([name]) => name)).toEqual(['addition'])
    expect(api.tasks.jobList(['subtraction', 'no.such', 'addition']).map(([name]) => name)).toEqual([
      'subtraction',
      'addition',
    ])
    expect(api.tasks.jobList('no.such')).toEqual([])
  })

  it('a job knows its task, its name and its queue', async () => {
    const task = await queue('about')
    expect(task.result).toEqual({ name: 'about', task: task.id, retries: 0, queue: 'first' })
  })

  it.each(['asyncio', 'thread', 'process'])('job.queue gives a future, in the mode %s too', async (mode) => {
    const { result } = await queue(`future.${mode}`)
    expect(result).toEqual({
      isFuture: true,
      sameIds: true,
      shown: 'pending',
      status: 'QUEUED',
      ended: 'SUCCESS',
      value: 5,
      local: api.nodeName,
      own: 'own',
      refused: 'PQ_TASK_NOT_AVAILABLE',
      revoked: [true, 'REVOKED'],
    })
  })

  it('a job queues tasks, whose fromTask is its own', async () => {
    const task = await queue('queue.from.task')
    expect(task.result).toEqual({ fromTask: task.id, status: 'SUCCESS' })
  })

  it('states have their numbers and their sets', () => {
    expect([1, 2, 3, 4, 5, 6, 243_134].map(statusString)).toEqual([
      'SUCCESS',
      'FAILURE',
      'REVOKED',
      'RETRY',
      'STARTED',
      'QUEUED',
      'UNKNOWN',
    ])
    expect([[...FULL_RUN_STATES].sort(), [...READY_STATES].sort()]).toEqual([
      [1, 2],
      [1, 2, 3],
    ])
  })

  it('a job that throws fails with its stack trace, one that throws a TaskError without', async () => {
    const failed = await queue('test.periodic.error', { message: 'testing' })
    expect(failed).toMatchObject({ statusString: 'FAILURE', exception: 'testing', result: undefined })
    expect(failed.stacktrace).toContain('standard.ts')
    expect(await queue('handled')).toMatchObject({ exception: 'handled by the job', stacktrace: null })
  })

  it('wrong arguments are refused', async () => {
    await expect(queue('asynchronous', { sleep: 2 })).rejects.toMatchObject({ code: 'PQ_INVALID_ARGUMENTS' })
  })

  it('max retries and retry delay can be given with the task', async () => {
    const events: string[] = []
    const heard: EventCallback<Task> = (_channel, event, task) => {
      if (task.name === 'addition') events.push(event)
    }
    await api.onEvents('task', '*', heard)
    const meta = { maxRetries: 2, retryDelay: '100ms' } as const
    const task = await queue('addition', { a: 1, b: 'foo' }, { metaParams: meta })
    expect(task).toMatchObject({ statusString: 'FAILURE', retry: 3 })
    await until('its end to be told', () => (events.includes('done') ? true : undefined))
    await api.removeEventCallback('task', '*', heard)
    await api.removeEventCallback('task', '*', heard)
  })

  it('tasks over maxConcurrency are revoked', async () => {
    const tasks = await Promise.all(api.tasks.queueMany('maxconcurrency', Array<Record<string, never>>(5).fill({})))
    const states = tasks.map((task) => task.statusString).sort()
    expect(states).toEqual(['REVOKED', 'REVOKED', 'SUCCESS', 'SUCCESS', 'SUCCESS'])
  })

  it('a lock keeps tasks from running at the same time', async () => {
    const tasks = await Promise.all([queue('not.overlap'), queue('not.overlap'), queue('not.overlap')])
    const spans = tasks.map(({ result }) => result as { start: number; end: number; fence: number })
    spans.sort((a, b) => a.fence - b.fence)
    expect(spans[0]?.end).toBeLessThanOrEqual(spans[1]?.start ?? 0)
    expect(spans[1]?.end).toBeLessThanOrEqual(spans[2]?.start ?? 0)
  })

  it('GREEN_IO, THREAD_IO and CPUBOUND run on the event loop, in a thread and in a process', async () => {
    expect((await queue('green')).result).toBe('waited')
    expect((await queue('run.in.thread')).result).toBe(true)
    const { result: inThread, worker } = await queue('in.thread')
    const pid = Number(worker?.split('-').at(-1))
    expect(inThread).toMatchObject({ pid })
    expect((inThread as { thread: number }).thread).toBeGreaterThan(0)
    const { result } = await queue('cpu.bound')
    expect(result).toEqual(['OK', expect.any(Number)])
    expect((result as [string, number])[1]).not.toBe(pid)
    expect(await queue('cpu.bound', { error: true })).toMatchObject({
      exception: 'just a test',
      statusString: 'FAILURE',
    })
  })

  it('a CPUBOUND job may log and print more than a pipe holds', async () => {
    expect(await queue('cpu.bound.big.log')).toMatchObject({ statusString: 'SUCCESS' })
  })

  it('the text of a Word document is extracted in a thread', async () => {
    const output = join(directory, 'licence.txt')
    const task = await queue('extract.docx', { input: join(SAMPLE, 'documents/licence.docx'), output })
    expect(task).toMatchObject({ exception: null, statusString: 'SUCCESS' })
    expect(readFileSync(output, 'utf8')).toContain('BSD 3-Clause')
  })

  it('job.http fetches, and job.shell runs commands', async () => {
    const site = createServer((_request, response) => response.end('scraped'))
    await once(site.listen(0, '127.0.0.1'), 'listening')
    const url = `http://127.0.0.1:${String((site.address() as AddressInfo).port)}/`
    expect((await queue('scrape', { url })).result).toBe('scraped')
    site.close()
    expect((await queue('shell', { command: 'echo hello' })).result).toBe('hello\n')
  })

  it('the job library runs programs', async () => {
    expect((await queue('execute.node', { code: 'console.log("Hello World!")' })).result).toBe('Hello World!\n')
    const script = join(directory, 'script.cjs')
    const { writeFileSync } = await import('node:fs')
    writeFileSync(script, 'console.log(process.argv.length)')
    expect((await queue('execute.node.script', { script })).result).toBe('2\n')
  })

  it('periodic jobs are queued by the server, even one that fails', async () => {
    const ran = new Promise<Task>((resolve) => {
      void api.onEvents('task', 'done', (_channel, _event, task) => {
        if (task.name === 'test.periodic') resolve(task)
      })
    })
    expect((await ran).statusString).toBe('SUCCESS')
    const [[name, seconds] = ['', -1]] = await api.tasks.nextScheduled(['test.periodic'])
    expect([name, seconds >= 0 && seconds <= 0.5]).toEqual(['test.periodic', true])
  })

  it('JSON-RPC lists jobs, queues tasks and tells when the next job is due', async () => {
    expect(await rpc('tasks.job_list', {})).toEqual(expect.arrayContaining([['addition', expect.anything()]]))
    const task = await rpc('tasks.queue', { jobname: 'addition', a: 1, b: 2, meta_params: { by: 'rpc' } })
    expect(task).toMatchObject({ status: 1, result: 3, meta: { by: 'rpc' } })
    expect(await rpc('tasks.next_scheduled_tasks', {})).toEqual(
      expect.arrayContaining([['test.periodic', expect.any(Number)]]),
    )
  })
})
