import type { Message } from 'pulsar-queue'
import { Manager, Task } from 'pulsar-queue'
import type { TestAppOptions } from 'pulsar-queue/testing'
import { createTestApp } from 'pulsar-queue/testing'
import * as clientJobs from '../client/fixtures/jobs.js'
import { createClient } from '../client/fixtures/client.generated.js'
import { afterEach, describe, expect, it } from 'vitest'
import {
  Endless,
  Steps,
  triple,
  Addition,
  AskOther,
  FanOut,
  Flaky,
  Hangs,
  Letters,
  NeverAgain,
  SendMail,
  Welcome,
} from './fixtures/jobs.js'

const jobs = [Addition, AskOther, FanOut, Flaky, Hangs, NeverAgain, SendMail, Welcome]
const open: { close(): Promise<void> }[] = []

function testApp(options: TestAppOptions = {}) {
  const app = createTestApp({ jobs, ...options })
  open.push(app)
  return app
}

afterEach(async () => {
  for (const app of open.splice(0)) await app.close()
})

describe('a test app', () => {
  it('runs queued tasks when it is drained, and not before', async () => {
    const app = testApp()
    const api = await app.api().start()
    const future = api.tasks.queue(Addition, [4, 6])
    expect((await api.tasks.queue('addition', { a: 1, b: 1 }, { callback: false })).done()).toBe(false)
    const ended = await app.drain()
    expect(ended.map(String)).toEqual([expect.stringContaining('addition'), expect.stringContaining('addition')])
    expect((await future).result).toBe(10)
    expect(await app.drain()).toEqual([])
  })

  it('runs the tasks that tasks queue, in any queue, and returns all in the order of their ends', async () => {
    const app = testApp()
    const api = await app.api().start()
    const future = api.tasks.queue('fan.out', { count: 3 })
    const ended = await app.drain()
    expect(ended.map(({ name, result }) => [name, result])).toEqual([
      ['fan.out', 3],
      ['addition', 1],
      ['addition', 2],
      ['addition', 3],
    ])
    expect(ended[1]?.fromTask).toBe((await future).id)
  })

  it('runs a task while another task waits for it', async () => {
    const app = testApp()
    const api = await app.api().start()
    const future = api.tasks.queue('ask.other', { a: 4 })
    await app.drain()
    expect(await future.result()).toBe(10)
  })

  it('runs a task whose arguments are still being checked when the drain begins', async () => {
    const app = testApp()
    const api = await app.api().start()
    const futures = api.tasks.queueMany('send.mail', [{ to: 'ada@example.org' }, { to: 'nobody' }])
    const refused = expect(futures[1]).rejects.toMatchObject({ code: 'PQ_INVALID_ARGUMENTS' })
    expect((await app.drain()).map(({ result }) => result)).toEqual(['ada@example.org'])
    await refused
  })

  it('starts a delayed task when the clock has moved that far, and no sooner', async () => {
    const app = testApp({ now: Date.UTC(2030, 0, 1) })
    const api = await app.api().start()
    const future = api.tasks.queue('addition', { a: 1, b: 2 }, { delay: '5m' })
    expect(await app.drain()).toEqual([])
    await app.clock.advance('4m')
    expect(await app.drain()).toEqual([])
    await app.clock.advance('1m')
    expect((await app.drain()).length).toBe(1)
    const task = await future
    expect(task.timeQueued).toBe(Date.UTC(2030, 0, 1))
    expect(task.timeStarted).toBe(Date.UTC(2030, 0, 1, 0, 5))
    expect(task.timeEnded).toBe(Date.UTC(2030, 0, 1, 0, 5))
  })

  it('retries after the delays of the backoff, by its clock', async () => {
    const app = testApp()
    const api = await app.api().start()
    const future = api.tasks.queue('flaky', { failures: 2 })
    expect(await app.drain()).toEqual([])
    expect((await api.tasks.get(future.id))?.statusString).toBe('RETRY')
    await app.clock.advance('10s')
    expect(await app.drain()).toEqual([])
    await app.clock.advance('19s')
    expect(await app.drain()).toEqual([])
    await app.clock.advance('1s')
    expect((await app.drain()).map(({ result, retry }) => [result, retry])).toEqual([[3, 3]])
    expect((await future).result).toBe(3)
  })

  it('ends a task that expired before it started', async () => {
    const app = testApp()
    const api = await app.api().start()
    const future = api.tasks.queue('addition', { a: 1, b: 2 }, { expires: '1m' })
    await app.clock.advance('61s')
    expect((await app.drain()).map(({ statusString }) => statusString)).toEqual(['REVOKED'])
    expect((await future).statusString).toBe('REVOKED')
  })

  it('drops results when their time to live is over', async () => {
    const app = testApp()
    const api = await app.api().start()
    const { id } = api.tasks.queue('addition', { a: 1, b: 2 })
    await app.drain()
    await app.clock.advance('59m')
    expect((await api.tasks.get(id))?.result).toBe(3)
    await app.clock.advance('2m')
    expect(await api.tasks.get(id)).toBeNull()
  })

  it('can be set to a date', async () => {
    const app = testApp()
    await app.clock.set(new Date('2031-05-06T07:08:09Z'))
    expect(app.clock.date.toISOString()).toBe('2031-05-06T07:08:09.000Z')
    await expect(app.clock.set(new Date('never'))).rejects.toThrow(/valid Date/)
    await expect(app.clock.advance(-1)).rejects.toMatchObject({ code: 'PQ_INVALID_DURATION' })
  })

  it('starts tasks that become due during a drain', async () => {
    const app = testApp()
    const api = await app.api().start()
    const started = new Promise<void>((resolve) => {
      void api.onEvents('task', 'started', (_channel, _event, task) => {
        if (task.name === 'wait.for.clock') resolve()
      })
    })
    const { WaitForClock } = await import('./fixtures/wait-for-clock.js')
    const future = api.tasks.queue(WaitForClock, ['1h'])
    const drained = app.drain()
    await started
    await WaitForClock.asked
    await app.clock.advance('1h')
    expect((await drained).map(({ name }) => name)).toEqual(['addition', 'wait.for.clock'])
    expect((await future).result).toBe(3)
  })

  it('names the running tasks when a drain takes too long', async () => {
    const app = testApp()
    const api = await app.api().start()
    const { id } = api.tasks.queue('hangs', {}, { callback: false })
    await expect(app.drain({ timeout: '100ms' })).rejects.toMatchObject({
      code: 'PQ_DRAIN_TIMEOUT',
      running: [`task.hangs<${id}><STARTED>`],
    })
  })

  it('drains only the queues that it is told to, and no paused one', async () => {
    const app = testApp()
    const api = await app.api().start()
    await api.tasks.queue('addition', { a: 1, b: 2 }, { queue: 'slow', callback: false })
    await api.tasks.queue('addition', { a: 3, b: 4 }, { callback: false })
    expect((await app.drain({ queues: ['pulsarqueue'] })).map(({ result }) => result)).toEqual([7])
    await api.tasks.pause('slow')
    expect(await app.drain()).toEqual([])
    await api.tasks.resume('slow')
    expect((await app.drain()).map(({ result }) => result)).toEqual([3])
  })

  it('uses the bindings of its container, and a manager that is given first', async () => {
    const heard: string[] = []
    class Audit extends Manager {
      override storeMessage(message: Message): Promise<void> {
        if (message instanceof Task) heard.push(`${message.name} ${message.statusString}`)
        return Promise.resolve()
      }
    }
    const app = createTestApp(Audit, { jobs })
    open.push(app)
    const letters = new Letters()
    app.container.register(Letters, { useValue: letters })
    const api = await app.api().start()
    void api.tasks.queue('welcome', { to: 'Ada' })
    const [task] = await app.drain()
    expect(task?.result).toBe('welcome to Ada')
    expect(letters.sent).toEqual(['Ada'])
    expect(heard).toEqual(['welcome QUEUED', 'welcome STARTED', 'welcome SUCCESS'])
  })

  it('runs jobs of every mode in the process of the test', async () => {
    const app = testApp({ jobs: [Endless, Steps, triple] })
    const api = await app.api().start()
    const futures = [api.tasks.queue(Endless), api.tasks.queue(Steps, [[1, 2]]), api.tasks.queue(triple, [2])]
    await app.drain()
    const tasks = await Promise.all(futures)
    expect(tasks.map(({ statusString, result }) => [statusString, result])).toEqual([
      ['REVOKED', undefined],
      ['SUCCESS', 3],
      ['SUCCESS', { name: 'triple', value: 6 }],
    ])
  })

  it('tells listeners of events as in production', async () => {
    const app = testApp()
    const api = await app.api().start()
    const events: string[] = []
    const over = new Promise<void>((resolve) => {
      void api.onEvents('task', '*', (_channel, event) => {
        events.push(event)
        if (event === 'done') resolve()
      })
    })
    void api.tasks.queue('never.again')
    const [task] = await app.drain()
    await over
    expect(events).toEqual(['queued', 'started', 'done'])
    expect([task?.statusString, task?.exception]).toEqual(['FAILURE', 'no use'])
  })

  it('shares nothing with another test app', async () => {
    const [one, other] = [testApp(), testApp()]
    const api = await one.api().start()
    void api.tasks.queue('addition', { a: 1, b: 2 }, { callback: false })
    expect(await other.drain()).toEqual([])
    expect((await one.drain()).length).toBe(1)
  })

  it('takes no setting from the environment', async () => {
    process.env['PULSAR_DEFAULT_TASK_QUEUE'] = 'elsewhere'
    try {
      const app = testApp()
      const api = await app.api().start()
      const task = await api.tasks.queue('addition', { a: 1, b: 2 }, { callback: false })
      expect(task.queue).toBe('pulsarqueue')
    } finally {
      delete process.env['PULSAR_DEFAULT_TASK_QUEUE']
    }
  })

  it('refuses settings that a test cannot choose, and values that are no jobs', () => {
    const options: object = { dataStore: 'redis://127.0.0.1:6379/0' }
    expect(() => createTestApp(options)).toThrow(expect.objectContaining({ code: 'PQ_INVALID_SETTING' }) as Error)
    expect(() => createTestApp({ jobs: [Letters as never] })).toThrow(/expected a class decorated with @Job/)
  })

  it('ends a drain that is under way when it is closed', async () => {
    const app = testApp({ gracePeriod: 0 })
    const api = await app.api().start()
    const started = new Promise<void>((resolve) => {
      void api.onEvents('task', 'started', () => {
        resolve()
      })
    })
    void api.tasks.queue('hangs', {}, { callback: false })
    const drained = app.drain()
    await started
    await app.close()
    expect(await drained).toEqual([])
  })

  it('serves a generated client, also for tasks that nobody waits for', async () => {
    const app = testApp({ jobs: [clientJobs.Addition, clientJobs.SendMail], manifest: null })
    const client = await createClient(app.api())
    const sum = client.jobs.addition({ a: 4 }, { delay: '1h' })
    await app.clock.advance('1h')
    const [task] = await app.drain()
    expect([task?.result, await sum.result()]).toEqual([5, 5])
    await client.close()
  })

  it('loads the files of taskPaths, except for jobs that were given', async () => {
    const app = testApp({ jobs: [Addition], taskPaths: [new URL('./fixtures/jobs.ts', import.meta.url)] })
    const api = await app.api().start()
    const future = api.tasks.queue('triple', { x: 3 })
    await app.drain()
    expect(await future.result()).toEqual({ name: 'triple', value: 9 })
  })

  it('serves its dashboard, with the tasks of the test and the rights of who asks', async () => {
    const app = testApp()
    const api = await app.api().start()
    const { id } = api.tasks.queue(Addition, { a: 4, b: 6 })
    await app.drain()
    const authorize = (request: Request) =>
      request.headers.has('ada') ? { user: 'ada', can: 'viewer' as const } : null
    const dashboard = app.dashboard({ auth: { authorize } })
    const ask = async (path: string, headers: Record<string, string> = { ada: 'yes' }): Promise<Response> =>
      await dashboard(new Request(`http://app.example.org/jobs/${path}`, { headers }))
    expect(await (await ask('')).text()).toContain('<!doctype html>')
    expect(await (await ask(`api/v1/tasks/${id}`)).json()).toMatchObject({ task: { id, state: 'done' } })
    expect((await ask(`api/v1/tasks/${id}`, {})).status).toBe(401)
    const live = (await ask('api/v1/live')).body
    await app.close()
    // The updates end with the app.
    expect(await new Response(live).text()).toContain('retry')
  })
})
