import type { Api } from 'pulsar-queue'
import { defineJob, isPulsarError, PulsarQueue, Task, TaskFuture } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'
import { Addition } from '../worker/fixtures/jobs.js'

function only(futures: readonly TaskFuture[]): TaskFuture {
  const [future] = futures
  if (!future || futures.length > 1) throw new Error(`expected one future, got ${String(futures.length)}`)
  return future
}

const JOBS = new URL('../worker/fixtures/jobs.ts', import.meta.url)

describe.each(STORES)('a producer on $store', ({ make }) => {
  let store: Store
  let app: PulsarQueue
  let api: Api

  beforeAll(async () => {
    store = await make()
  })
  afterAll(async () => {
    await store.dispose()
  })
  beforeEach(async () => {
    const settings = { dataStore: store.url, taskPaths: [JOBS], parseConsole: false, logLevel: 'silent' } as const
    app = new PulsarQueue({ ...settings, workers: 0 })
    api = await app.api().start()
  })
  afterEach(async () => {
    await api.tasks.flushQueues()
    await app.close()
  })

  it('rejects where the id belongs to a task of another job, whether that waits, is sent at once, or is over', async () => {
    const refused = { code: 'PQ_ID_IN_USE', id: 'theirs', queue: 'pulsarqueue', job: 'addition', usedBy: 'hopeless' }
    const theirs = api.tasks.queue('hopeless', {}, { id: 'theirs' })
    const ours = [true, false].map((callback) => api.tasks.queue('addition', { a: 1 }, { id: 'theirs', callback }))
    for (const future of ours) await expect(future).rejects.toMatchObject(refused)
    await expect(api.tasks.queue('addition', { a: 1 }, { id: 'theirs' }).result()).rejects.toMatchObject(refused)
    await app.start()
    expect((await theirs).statusString).toBe('FAILURE')
    await expect(api.tasks.queue('addition', { a: 1 }, { id: 'theirs' })).rejects.toMatchObject(refused)
    expect((await api.tasks.queue('hopeless', {}, { id: 'theirs' })).statusString).toBe('FAILURE')
  })

  it('gives a promise of the finished task, whose id is known at once', async () => {
    await app.start()
    const future = api.tasks.queue('addition', { a: 4, b: 6 })
    expect(future).toBeInstanceOf(TaskFuture)
    expect(future).toBeInstanceOf(Promise)
    expect(String(future)).toBe(`<TaskFuture pending ID=${future.id}>`)
    const task = await future
    expect(task.id).toBe(future.id)
    expect(String(future)).toBe(`<TaskFuture done ID=${future.id}>`)
    expect(await future.result()).toBe(10)
  })

  it('takes a class with its arguments as a list or by name', async () => {
    await app.start()
    expect(await api.tasks.queue(Addition, [4, 6]).result()).toBe(10)
    expect(await api.tasks.queue(Addition, { a: 4 }).result()).toBe(5)
  })

  it('resolves when the task is queued, with `callback: false`, and waits for the end on request', async () => {
    const future = api.tasks.queue('addition', { a: 4, b: 6 }, { callback: false, delay: '50ms' })
    const queued = await future.wait()
    expect([queued.statusString, queued.result, queued.done()]).toEqual(['QUEUED', undefined, false])
    await app.start()
    const done = await queued.doneCallback.wait()
    expect(done.result).toBe(10)
    expect(done.timeStarted - queued.timeQueued).toBeGreaterThanOrEqual(49)
    expect(await future.result()).toBe(10)
  })

  it('resolves with a task that failed, and throws its message from result()', async () => {
    await app.start()
    const future = api.tasks.queue('hopeless')
    expect((await future).statusString).toBe('FAILURE')
    const error = await future.result().catch((thrown: unknown) => thrown)
    expect(isPulsarError(error, 'PQ_TASK_FAILED')).toBe(true)
    expect(error).toMatchObject({ message: 'there is no hope', task: { id: future.id } })
  })

  it('ends a wait at its timeout while the task goes on', async () => {
    const future = api.tasks.queue('addition', { a: 1 })
    const error = await future.wait('20ms').catch((thrown: unknown) => thrown)
    expect(isPulsarError(error, 'PQ_WAIT_TIMEOUT')).toBe(true)
    const controller = new AbortController()
    const aborted = future.wait({ signal: controller.signal }).catch((thrown: unknown) => thrown)
    controller.abort(new Error('enough'))
    expect(await aborted).toMatchObject({ message: 'enough' })
    await app.start()
    expect((await future).result).toBe(2)
  })

  it('queues many as one command, and each gets its own result', async () => {
    await app.start()
    const futures = api.tasks.queueMany(
      'addition',
      Array.from({ length: 1_200 }, (_, a) => ({ a, b: 1 })),
    )
    const tasks = await Promise.all(futures)
    expect(tasks.map(({ result }) => result)).toEqual(Array.from({ length: 1_200 }, (_, a) => a + 1))
  })

  it('queues no second task under an id of the caller, whether the first is live or finished', async () => {
    const first = api.tasks.queue('addition', { a: 1 }, { id: 'mine' })
    const second = api.tasks.queue('addition', { a: 100 }, { id: 'mine' })
    await until('both to be queued', async () => ((await api.tasks.size())[0] === 1 ? true : undefined))
    await app.start()
    expect((await first).result).toBe(2)
    expect((await second).result).toBe(2)
    expect((await api.tasks.queue('addition', { a: 7 }, { id: 'mine' })).result).toBe(2)
  })

  it('resolves with the task that had the id first, with `callback: false`, whether that is live or finished', async () => {
    const options = { id: 'known', callback: false } as const
    const first = await api.tasks.queue('addition', { a: 1 }, options)
    const second = await api.tasks.queue('addition', { a: 2 }, options)
    expect(second.kwargs).toEqual({ a: 1 })
    expect(second.timeQueued).toBe(first.timeQueued)
    await app.start()
    expect((await second.doneCallback.wait()).result).toBe(2)
    const third = await api.tasks.queue('addition', { a: 3 }, options)
    expect([third.statusString, third.kwargs, third.result]).toEqual(['SUCCESS', { a: 1 }, 2])
    expect((await third.doneCallback.wait()).result).toBe(2)
  })

  it.each([
    ['half an emoji', 'order-🐕'.slice(0, 7)],
    ['a line break', 'a\nb'],
    ['NUL', 'a\0b'],
    ['201 characters', 'x'.repeat(201)],
    ['nothing', ''],
  ])('refuses %s where it becomes a name in the store', async (_what, name) => {
    const refusal = { code: 'PQ_INVALID_OPTION' }
    await expect(api.tasks.queue('addition', { a: 1 }, { id: name })).rejects.toMatchObject({
      ...refusal,
      option: 'id',
    })
    await expect(api.tasks.queue('addition', { a: 1 }, { queue: name })).rejects.toMatchObject(refusal)
    await expect(api.tasks.get(name)).rejects.toMatchObject(refusal)
    await expect(api.tasks.revoke(name)).rejects.toMatchObject(refusal)
    await expect(api.tasks.pause(name)).rejects.toMatchObject(refusal)
    await expect(api.lock(name)).rejects.toMatchObject({ ...refusal, option: 'lock' })
    await expect(api.tryLock(name)).rejects.toMatchObject(refusal)
    expect(() => defineJob({ name }, () => undefined)).toThrow(expect.objectContaining({ code: 'PQ_JOB_DEFINITION' }))
    expect(await api.tasks.size()).toEqual([0])
  })

  it('refuses durations and counts that no store can hold', async () => {
    for (const option of ['delay', 'timeout', 'expires'] as const) {
      const future = api.tasks.queue('addition', { a: 1 }, { [option]: Number.MAX_SAFE_INTEGER })
      await expect(future).rejects.toMatchObject({ code: 'PQ_INVALID_DURATION', option: `option ${option}` })
    }
    for (const option of ['maxRetries', 'maxConcurrency'] as const) {
      const future = api.tasks.queue('addition', { a: 1 }, { metaParams: { [option]: 1e300 } })
      await expect(future).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION', option: `metaParams.${option}` })
    }
    expect(() => defineJob({ name: 'endless', maxRetries: 1e300 }, () => undefined)).toThrow(/1,000,000,000/)
    await expect(api.lock('a', { timeout: 1e300 })).rejects.toMatchObject({ code: 'PQ_INVALID_DURATION' })
  })

  it.each([
    ['a text', 'red', 'tags'],
    ['a list of numbers', ['red', 4], 'tags[1]'],
    ['an empty one', [''], 'tags[0]'],
    ['twenty-one', Array.from({ length: 21 }, String), 'tags'],
  ])('refuses %s as tags', async (_what, tags, option) => {
    const future = api.tasks.queue('addition', { a: 1 }, { tags: tags as string[] })
    await expect(future).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION', option })
  })

  it('rejects a call that is wrong, and queues nothing', async () => {
    const throwing = {
      get a(): number {
        throw new Error('no a')
      },
    }
    const cases: [TaskFuture, string, RegExp][] = [
      [api.tasks.queue('additon', { a: 1 }), 'PQ_TASK_NOT_AVAILABLE', /did you mean "addition"/],
      [api.tasks.queue('addition', { b: 1 }), 'PQ_INVALID_ARGUMENTS', /argument a/],
      [api.tasks.queue('addition', { a: 1, c: 1 }), 'PQ_INVALID_ARGUMENTS', /argument c/],
      [api.tasks.queue('addition', { a: () => 1 }), 'PQ_SERIALIZATION', /^a is/],
      [api.tasks.queue('addition', { a: 1 }, { priority: 10 }), 'PQ_INVALID_OPTION', /priority/],
      [api.tasks.queue('addition', { a: 1 }, { delay: '2 weeks' as '2s' }), 'PQ_INVALID_DURATION', /delay/],
      [api.tasks.queue('addition', { a: 1 }, { delya: 1 } as object), 'PQ_INVALID_OPTION', /did you mean delay/],
      [api.tasks.queue('addition', { a: 1 }, { metaParams: [] as never }), 'PQ_INVALID_OPTION', /metaParams/],
      [api.tasks.queue('addition', { a: 1 }, { id: 7 as unknown as string }), 'PQ_INVALID_OPTION', /option id/],
      [api.tasks.queue(undefined as unknown as 'addition', {}), 'PQ_INVALID_OPTION', /job.*got undefined/],
      [api.tasks.queue(7 as unknown as 'addition', {}), 'PQ_INVALID_OPTION', /job.*got 7/],
      [api.tasks.queue(Date as unknown as typeof Addition, [1]), 'PQ_TASK_NOT_AVAILABLE', /Date/],
      [only(api.tasks.queueMany('addition', { a: 1 } as unknown as [])), 'PQ_INVALID_OPTION', /argsList/],
      [api.tasks.queue('addition', throwing), 'PQ_INVALID_ARGUMENTS', /argument a.*getter that throws: no a/],
      [api.tasks.queue('addition', { a: { inner: throwing } }), 'PQ_SERIALIZATION', /^a.inner.a is a getter/],
    ]
    for (const [future, code, message] of cases) {
      const error = await future.catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code })
      expect((error as Error).message).toMatch(message)
    }
    expect(await api.tasks.size()).toEqual([0])
  })

  it('rejects what throws when it is read, and what is no job, with a code', async () => {
    const thrower = (): never => {
      throw new Error('not readable')
    }
    const hostile = new Proxy({}, { get: thrower, has: thrower, ownKeys: thrower, getPrototypeOf: thrower })
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const withGetter = Object.defineProperty({}, 'id', { get: thrower, enumerable: true })
    const metaParams = Object.defineProperty({}, 'maxRetries', { get: thrower, enumerable: true })
    const list = new Proxy([1], { get: thrower })
    const { tasks } = api
    const cases: [Promise<unknown>, string][] = [
      [tasks.queue('addition', { a: 1 }, withGetter), 'PQ_INVALID_OPTION'],
      [tasks.queue('addition', { a: 1 }, hostile), 'PQ_INVALID_OPTION'],
      [tasks.queue('addition', { a: 1 }, { metaParams }), 'PQ_INVALID_OPTION'],
      [tasks.queueLocal('addition', { a: 1 }, withGetter), 'PQ_INVALID_OPTION'],
      [tasks.execute('addition', { a: 1 }, hostile), 'PQ_INVALID_OPTION'],
      [only(tasks.queueMany('addition', [{ a: 1 }], withGetter)), 'PQ_INVALID_OPTION'],
      [tasks.queue('addition', hostile), 'PQ_INVALID_ARGUMENTS'],
      [tasks.queue('addition', revoked.proxy), 'PQ_INVALID_ARGUMENTS'],
      [tasks.queue(Addition, list as unknown as [number]), 'PQ_INVALID_ARGUMENTS'],
      [tasks.queue(hostile as unknown as 'addition', {}), 'PQ_INVALID_OPTION'],
      [tasks.queue({} as unknown as 'addition', {}), 'PQ_INVALID_OPTION'],
      [tasks.queue({ name: 'addition' } as unknown as 'addition', {}), 'PQ_INVALID_OPTION'],
      [only(tasks.queueMany('addition', null as unknown as [])), 'PQ_INVALID_OPTION'],
    ]
    for (const [rejected, code] of cases) await expect(rejected).rejects.toMatchObject({ code })
    await expect(tasks.queue({} as unknown as 'addition', {})).rejects.toThrow(
      /option job to be a job's name.*got an object/,
    )
    expect(await tasks.size()).toEqual([0])
  })

  it('refuses limits of a wait that are none', async () => {
    const future = api.tasks.queue('addition', { a: 1 })
    const throwing = {
      get timeout() {
        throw new Error('no timeout')
      },
    }
    for (const wrong of [{ signal: {} }, { signal: 5 }, { signal: {}, timeout: '1s' }, null, [], throwing]) {
      const options = wrong as unknown as { signal: AbortSignal }
      await expect(future.wait(options)).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION' })
      await expect(future.result(options)).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION' })
      await expect(api.lock('free', options)).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION' })
    }
  })

  it('refuses values that are no message, no callback and no name', async () => {
    const nothing = null as never
    const cases = [
      api.queue(nothing),
      api.queue('x' as never),
      api.broker.queue(nothing),
      api.broker.queue('x' as never),
      api.execute(nothing),
      api.publish('queued', nothing),
      api.onEvents('task', '*', 'not a function' as never),
      api.onEvents('task', '*', undefined as never),
      api.tasks.nextScheduled([5] as never),
      api.tasks.nextScheduled(nothing),
    ]
    for (const refused of cases) await expect(refused).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION' })
  })

  it('rejects a future whose task was flushed', async () => {
    const queued = await api.tasks.queue('addition', { a: 1 }, { callback: false })
    expect(await api.tasks.flushQueues()).toEqual([1])
    await expect(queued.doneCallback.wait()).rejects.toMatchObject({ code: 'PQ_TASK_LOST' })
  })

  it('takes ids as unique within one queue', async () => {
    await app.start()
    const here = api.tasks.queue('addition', { a: 1 }, { id: 'twin' })
    const there = api.tasks.queue('addition', { a: 7 }, { id: 'twin', queue: api.nodeName })
    expect([(await here).result, (await there).result]).toEqual([2, 8])
  })

  it('executes a job in this process, without a queue', async () => {
    const task = await api.tasks.execute('addition', { a: 4, b: 6 })
    expect(task).toBeInstanceOf(Task)
    expect([task.result, task.queue, task.statusString]).toEqual([10, null, 'SUCCESS'])
    const failed = await api.tasks.execute('hopeless')
    expect([failed.statusString, failed.exception]).toEqual(['FAILURE', 'there is no hope'])
    await expect(api.tasks.execute('addition', { b: 1 })).rejects.toMatchObject({ code: 'PQ_INVALID_ARGUMENTS' })
  })

  it('lists sizes, queues and jobs, and pauses and resumes queues', async () => {
    await api.tasks.pause('pulsarqueue')
    await app.start()
    const future = api.tasks.queue('addition', { a: 1 })
    const elsewhere = await api.tasks.queue('addition', { a: 1 }, { queue: 'elsewhere', callback: false })
    await until('both to wait', async () =>
      (await api.tasks.size('pulsarqueue', 'elsewhere')).join() === '1,1' ? true : undefined,
    )
    expect(await api.broker.queues()).toEqual(expect.arrayContaining(['elsewhere', 'pulsarqueue']))
    await api.tasks.resume('pulsarqueue')
    expect((await future).result).toBe(2)
    expect(await api.tasks.revoke(elsewhere.id)).toBe(true)
    const list = api.tasks.jobList()
    expect(list.map(([name]) => name)).toEqual([...list.map(([name]) => name)].sort())
    expect(api.tasks.jobList(['addition'])).toMatchObject([['addition', { type: 'regular', concurrency: 'asyncio' }]])
  })

  it('announces queued, started and done in that order, until the callback is removed', async () => {
    await app.start()
    const seen: string[] = []
    const callback = (channel: string, event: string, task: Task): void => {
      seen.push(`${channel} ${event} ${task.id}`)
    }
    await api.onEvents('task', '*', callback)
    const only: string[] = []
    await using _done = await api.onEvents('task', /^do/, (_channel, event) => only.push(event))
    const { id } = await api.tasks.queue('addition', { a: 1 })
    await until('three events', () => (seen.length === 3 ? true : undefined))
    expect(seen).toEqual([`task queued ${id}`, `task started ${id}`, `task done ${id}`])
    await api.removeEventCallback('task', '*', callback)
    await api.removeEventCallback('task', '*', callback)
    await api.tasks.queue('addition', { a: 1 })
    await until('the other callback', () => (only.length === 2 ? true : undefined))
    expect(seen).toHaveLength(3)
  })
})
