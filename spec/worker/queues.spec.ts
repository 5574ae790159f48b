import type { Api, PulsarQueueOptions } from 'pulsar-queue'
import { Manager, PulsarQueue } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { apiParts } from '../../lib/api/api-parts.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'

const JOBS = new URL('./fixtures/queue-jobs.ts', import.meta.url)
/** What ran, in order: see the fixture. */
const ran: string[] = ((globalThis as { ranInQueues?: string[] }).ranInQueues ??= [])

class OwnQueues extends Manager {
  override queues() {
    return [this.backend.nodeName, 'own', ...this.config.taskQueues]
  }
}

describe.each(STORES)('the queues of a worker on $store', ({ make }) => {
  let store: Store
  const apps: PulsarQueue[] = []

  beforeAll(async () => {
    store = await make()
  })
  afterEach(async () => {
    ran.length = 0
    for (const app of apps.splice(0)) await app.close()
  })
  afterAll(async () => {
    await store.dispose()
  })

  function made(options: PulsarQueueOptions, manager: typeof Manager = Manager): PulsarQueue {
    const app = new PulsarQueue(manager, {
      dataStore: store.url,
      parseConsole: false,
      logLevel: 'silent',
      workers: 0,
      taskPaths: [JOBS],
      ...options,
    })
    apps.push(app)
    return app
  }

  async function serving(options: PulsarQueueOptions, manager?: typeof Manager): Promise<Api> {
    const app = made(options, manager)
    await app.start()
    return await app.api().start()
  }

  it('are those of taskQueues, and a task without a queue goes to defaultTaskQueue', async () => {
    const api = await serving({ taskQueues: ['quick', 'slow'], defaultTaskQueue: 'slow' })
    expect((await api.tasks.queue('note', {})).result).toBe('slow')
    expect((await api.tasks.queue('note', {}, { queue: 'quick' })).result).toBe('quick')
  })

  it('leave alone what is queued elsewhere', async () => {
    const api = await serving({ taskQueues: ['quick'], defaultTaskQueue: 'nobody' })
    await api.tasks.queue('note', { what: 'elsewhere' }, { callback: false })
    await api.tasks.queue('note', { what: 'here' }, { queue: 'quick' })
    expect(ran).toEqual(['here'])
    expect(await api.tasks.size('nobody', 'quick')).toEqual([1, 0])
    expect(await api.tasks.flushQueues('nobody')).toEqual([1])
  })

  it("are overruled by a job's defaultQueue, and that by the caller", async () => {
    const api = await serving({ taskQueues: ['pulsarqueue', 'reports', 'other'] })
    expect((await api.tasks.queue('report', {})).result).toBe('reports')
    expect((await api.tasks.queue('report', {}, { queue: 'other' })).result).toBe('other')
  })

  it("include the node's own, where queueLocal of the api and of a job lead", async () => {
    const api = await serving({ taskQueues: ['pulsarqueue'], name: 'nodeone' })
    expect((await api.tasks.queueLocal('note', {})).result).toBe(api.nodeName)
    const task = await api.tasks.queue('local', {})
    expect(task.result).toEqual({ queue: api.nodeName, fromTask: task.id })
  })

  it('keep what is queued locally from other nodes', async () => {
    const one = await made({ name: 'producer-only' }).api().start()
    const two = await serving({ name: 'another-node' })
    expect(one.nodeName).not.toBe(two.nodeName)
    const local = await one.tasks.queueLocal('note', { what: 'mine' }, { callback: false } as never)
    await two.tasks.queue('note', { what: 'shared' })
    expect(ran).toEqual(['shared'])
    expect((await one.tasks.get(local.id))?.statusString).toBe('QUEUED')
    await one.tasks.revoke(local.id)
  })

  it('are what the manager says', async () => {
    const api = await serving({ taskQueues: ['shared'], defaultTaskQueue: 'own' }, OwnQueues)
    expect((await api.tasks.queue('note', {})).result).toBe('own')
    expect((await api.tasks.queue('note', {}, { queue: 'shared' })).result).toBe('shared')
    expect(await api.broker.queues()).toEqual(expect.arrayContaining(['own', 'shared', api.nodeName]))
  })

  it.each([1, 2, 4])('share %i slots fairly: none waits until another is empty', async (concurrentTasks) => {
    const backlog = 60
    const queues = ['first', 'second', 'third']
    const producer = await made({}).api().start()
    const ends = queues.flatMap((queue) =>
      producer.tasks.queueMany(
        'note',
        Array.from({ length: backlog }, () => ({ what: queue })),
        { queue },
      ),
    )
    await apiParts(producer).producer.sent()
    await serving({ taskQueues: queues, concurrentTasks })
    await Promise.all(ends)
    for (const queue of queues) {
      const before = ran.slice(0, backlog).filter((what) => what === queue).length
      expect(before, `tasks of ${queue} among the first ${String(backlog)}`).toBeGreaterThanOrEqual(backlog / 12)
    }
  })

  it('are all asked once at the start, however many there are', async () => {
    const queues = Array.from({ length: 12 }, (_, i) => `q${String(i)}`)
    const api = await serving({ taskQueues: queues, concurrentTasks: 1, taskPoolTimeout: '1h' })
    const tasks = await Promise.all(queues.map((queue) => api.tasks.queue('note', {}, { queue })))
    expect(tasks.map(({ result }) => result)).toEqual(queues)
  })
})
