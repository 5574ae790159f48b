import { fileURLToPath } from 'node:url'
import type { Api } from 'pulsar-queue'
import { Logger, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { KeptLogger } from '../../support/kept-logger.js'
import { ODD_THROWS } from '../../support/odd-throws.js'

const JOBS = fileURLToPath(new URL('./fixtures/jobs.ts', import.meta.url))

describe.each(['thread', 'process'] as const)('a job that runs in a %s', (mode) => {
  const logger = new KeptLogger()
  let app: PulsarQueue
  let api: Api

  const run = async (name: string, args: object = {}, options: object = {}) =>
    await api.tasks.queue(`${mode}.${name}`, args as Record<string, unknown>, options)

  beforeAll(async () => {
    app = new PulsarQueue({
      dataStore: 'embedded::memory:',
      taskPaths: [JOBS],
      parseConsole: false,
      workers: 0,
      concurrentTasks: 6,
    })
    app.container.register(Logger, { useValue: logger })
    api = await app.api().start()
    await app.start()
  })
  afterAll(async () => {
    await app.close()
  })
  beforeEach(() => {
    logger.lines.length = 0
  })

  it("runs outside of its worker's event loop", async () => {
    const { result } = await run('where')
    const { pid, thread } = result as { pid: number; thread: number }
    if (mode === 'thread') expect([pid === process.pid, thread > 0]).toEqual([true, true])
    else expect([pid === process.pid, thread]).toEqual([false, 0])
  })

  it('gets its arguments and returns its result as in any other mode', async () => {
    const value = { text: 'häßlich', list: [1, null, { deep: true }], date: new Date(5), map: new Map([[1, 2n]]) }
    expect((await run('echo', { value })).result).toEqual(value)
    expect((await run('nothing')).result).toBeUndefined()
    expect((await run('letter', { to: 'me' })).result).toBe(true)
    expect((await run('injected', { name: 'you' })).result).toBe('hello you')
  })

  it('has the same this as in any other mode', async () => {
    const task = await run('context')
    expect(task).toMatchObject({ exception: null, progress: { percent: 50 } })
    expect(task.result).toEqual({
      name: `${mode}.context`,
      id: task.id,
      retry: 1,
      fence: true,
      node: api.nodeName,
      sum: 3,
      from: true,
      later: 7,
      threaded: 42,
    })
    const lines = logger.lines.filter(({ name }) => name.startsWith(`${mode}.context`))
    expect(lines).toMatchObject([
      { level: 'info', name: `${mode}.context`, message: 'a line of the job', data: { answer: 42, task: task.id } },
      { level: 'warn', name: `${mode}.context.part`, message: 'a line of its part', data: { task: task.id } },
    ])
  })

  it('logs everything that it prints before its task is over', async () => {
    await run('prints', { lines: 3_000 })
    const printed = logger.lines.filter(({ name }) => name === `${mode}.prints`)
    expect(printed).toHaveLength(3_001)
    expect(printed.filter(({ level }) => level === 'info').map(({ message }) => message.split(' ')[1])).toEqual(
      Array.from({ length: 3_000 }, (_, i) => String(i)),
    )
    expect(printed.filter(({ level }) => level === 'warn')).toMatchObject([{ message: 'the last one' }])
  })

  it.each(['exit', 'throw', 'reject'])(
    'logs everything that it prints before it ends its member by %s',
    async (how) => {
      expect(await run('prints.last', { lines: 3_000, how })).toMatchObject({ statusString: 'FAILURE' })
      const printed = logger.lines.filter(({ name }) => name === `${mode}.prints.last`)
      expect(printed.filter(({ message }) => message.startsWith('line'))).toHaveLength(3_000)
      expect(printed.filter(({ level }) => level === 'warn')).toMatchObject([{ message: 'the last words' }])
    },
  )

  it('may print in any encoding', async () => {
    expect(await run('prints.hex')).toMatchObject({ statusString: 'SUCCESS' })
    expect(logger.lines.filter(({ name }) => name === `${mode}.prints.hex`)).toMatchObject([{ message: 'Grüße' }])
  })

  it('fails with its own error, name, stack and retries', async () => {
    expect(await run('fails', { how: 'plain' })).toMatchObject({
      statusString: 'FAILURE',
      exception: 'out of range; caused by: deep down',
      error: { name: 'RangeError', message: 'out of range', data: { limit: 5 }, cause: { message: 'deep down' } },
      retry: 2,
      stacktrace: expect.stringMatching(/jobs\.ts[^]*\nCaused by: Error: deep down/) as string,
    })
    expect(await run('fails', { how: 'task-error' })).toMatchObject({
      exception: 'handled',
      retry: 2,
      stacktrace: null,
    })
    expect(await run('fails', { how: 'non-retryable' })).toMatchObject({ exception: 'never again', retry: 1 })
    expect(await run('refused')).toMatchObject({ statusString: 'SUCCESS' })
  })

  it('fails with a message, whatever it throws, and no other task fails', async () => {
    const tasks = Object.entries(ODD_THROWS).map(async ([name, [, words]]) => ({
      words,
      task: await run('throws.oddly', { name }),
    }))
    for (const { words, task } of await Promise.all(tasks)) {
      expect(task).toMatchObject({
        statusString: 'FAILURE',
        retry: 1,
        exception: expect.stringMatching(words) as string,
      })
    }
  })

  it('is not retried where a subclass of NonRetryableError sets its own name', async () => {
    expect(await run('fails.finally')).toMatchObject({ statusString: 'FAILURE', exception: 'never again', retry: 1 })
  })

  it('fails when its result cannot be serialized, and is not retried', async () => {
    expect(await run('uncarried')).toMatchObject({
      statusString: 'FAILURE',
      exception: expect.stringMatching(/the result cannot be stored: .*callback/) as string,
      retry: 1,
    })
  })

  it.each([
    ['exit', 'the job called process.exit(3)'],
    ['throw', 'thrown from a timer'],
    ['reject', 'nobody caught it'],
  ])('that ends its thread or process by %s fails alone', async (how, exception) => {
    const others = [1_500, 1_600, 1_700].map(async (ms) => await run('waits', { ms }))
    expect(await run('dies', { how })).toMatchObject({ statusString: 'FAILURE', exception })
    for (const [i, other] of others.entries()) {
      expect(await other).toMatchObject({ statusString: 'SUCCESS', retry: 1, result: 1_500 + 100 * i })
    }
  })

  it('ends with its member, even if a process that it has started keeps its output open', async () => {
    const task = await run('leaves.behind')
    expect(task).toMatchObject({ statusString: 'FAILURE', exception: 'the job called process.exit(3)' })
    // The kill succeeds, so that process was still alive.
    expect(process.kill(Number(task.progress), 'SIGKILL')).toBe(true)
  })

  it.each(['spins', 'ignores'])('that %s past its timeout is revoked, and its slot is free again', async (name) => {
    const task = await run(name)
    expect(task).toMatchObject({ statusString: 'REVOKED', exception: expect.stringContaining('timeout') as string })
    expect(await run('echo', { value: 1 })).toMatchObject({ result: 1 })
  })

  it('has its signal aborted when it must stop, and several run at once', async () => {
    const futures = [1, 2, 3].map(() => api.tasks.queue(`${mode}.listens`, {}))
    const waiting = new Set(futures.map(({ id }) => id))
    await new Promise<void>((resolve) => {
      void api.onEvents('task', 'progress', (_channel, _event, task) => {
        waiting.delete(task.id)
        if (waiting.size === 0) resolve()
      })
    })
    for (const future of futures) await future.revoke()
    for (const future of futures) expect(await future).toMatchObject({ statusString: 'REVOKED' })
    await expect.poll(() => logger.lines.filter(({ message }) => message === 'stops in good order')).toHaveLength(3)
  })

  it('may execute jobs of its own mode, however few members the pool has', async () => {
    const few = new PulsarQueue({
      dataStore: 'embedded::memory:',
      taskPaths: [JOBS],
      parseConsole: false,
      workers: 0,
      concurrentTasks: 1,
      logLevel: 'silent',
    })
    const { tasks } = await few.api().start()
    await few.start()
    expect(await tasks.queue(`${mode}.executes`, { depth: 3 }).result()).toEqual([3, 2, 1, 0])
    await few.close()
  })

  it('takes the tasks that it has executed with it when it is over', async () => {
    const said = () => logger.lines.map(({ message }) => message)
    const future = api.tasks.queue(`${mode}.abandons`)
    await expect.poll(said).toContain('the inner run begins')
    expect(await future.revoke()).toBe(true)
    expect(await future).toMatchObject({ statusString: 'REVOKED' })
    await expect.poll(said).toContain('the inner run is stopped')
  })

  it('runs without a queue, too', async () => {
    expect(await api.tasks.execute(`${mode}.echo`, { value: 'here' })).toMatchObject({ result: 'here', queue: null })
  })
})
