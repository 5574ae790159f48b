import type { Broker, ClaimedTask, Control, ExplainCode, NewTask, ReleaseSettlement } from 'pulsar-queue'
import { PulsarQueue, SUCCESS } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'
import { newTask } from '../support/new-task.js'

describe.each(STORES)('explain on $store', ({ store, make }) => {
  const at = useOperatedStore(make, { taskPaths: [] })
  let control: Control
  let broker: Broker
  let number = 0
  let queue = ''
  const open: { close(): Promise<void> }[] = []

  beforeEach(() => {
    control = at.control
    broker = at.api.broker
  })
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close()
  })

  const put = async (id: string, more: Partial<NewTask> = {}): Promise<void> => {
    await broker.queue(queue, [newTask(id, more)])
  }
  /** A worker that does nothing by itself. @param answers - what it says if it is asked; false: nothing */
  const join = async (slots = 1, leaseTtl = 60_000, answers: object | false = {}): Promise<string> => {
    const worker = `host-${String(++number)}~aaaaaaaa~1`
    await broker.join(queue, { id: worker, slots, leaseTtl })
    const subscription = await broker.openWorker(queue, worker, (notice) => {
      if (notice.kind !== 'order' || answers === false) return
      const { answer } = JSON.parse(notice.order) as { answer: string }
      const says = {
        refusal: null,
        description: { knowsJob: true, jobs: 1, version: null, isQuiet: false, ...answers },
      }
      void at.api.pubsub.publish(answer, 'answer', [JSON.stringify(says)])
    })
    open.push(subscription)
    return worker
  }
  let seq = 0
  const claim = async (worker: string, max = 1): Promise<ClaimedTask> => {
    const reply = await broker.settle({ queue, worker, lane: 0, seq: ++seq }, [], max)
    const [claimed] = reply.tasks
    if (claimed === undefined) throw new Error('expected a task')
    return claimed
  }
  const hold = async (id: string, leaseTtl?: number): Promise<ClaimedTask & { worker: string }> => {
    await put(id)
    const worker = await join(1, leaseTtl)
    return { ...(await claim(worker)), worker }
  }

  /** Each situation, and the reason that tells it. */
  const SITUATIONS: readonly (readonly [code: ExplainCode, make: (id: string) => Promise<void>])[] = [
    ['NO_WORKER', async (id) => await put(id)],
    [
      'PAUSED',
      async (id) => {
        await put(id)
        await broker.pause(queue)
      },
    ],
    ['DELAYED', async (id) => await put(id, { delay: 60_000, body: '{"d":60000}' })],
    [
      'RETRY_WAIT',
      async (id) => {
        const { worker, ...task } = await hold(id)
        const settlement = { kind: 'retry', task, delay: 60_000, outcome: '{"e":"no"}' } as const
        await broker.settle({ queue, worker, lane: 0, seq: ++seq }, [settlement], 0)
      },
    ],
    [
      'PARKED',
      async (id) => {
        const { worker, ...task } = await hold(id)
        await broker.settle({ queue, worker, lane: 0, seq: ++seq }, [{ kind: 'release', task, delay: 60_000 }], 0)
      },
    ],
    [
      'NO_JOB',
      async (id) => {
        const app = new PulsarQueue({
          ...{ dataStore: at.store.url, workers: 0, taskQueues: [queue], taskPaths: [] },
          ...{ parseConsole: false, logLevel: 'silent' },
        })
        open.push(app)
        await app.start()
        const worker = (await control.workers()).find(({ queues }) => queues.some((each) => each.queue === queue))
        // Else it would hold the task for a moment, again and again.
        await control.worker(worker?.name ?? '').quiet()
        await put(id)
      },
    ],
    [
      'BUSY',
      async (id) => {
        await hold(`${id}-first`)
        await put(id)
      },
    ],
    [
      'STARVED',
      async (id) => {
        await join(5)
        await put(`${id}-first`, { priority: 9 })
        await put(id, { priority: 1 })
      },
    ],
    [
      'SUSPECT',
      async (id) => {
        await hold(id, 50)
        await until('the dead worker to be condemned', async () => {
          const how = { crashCap: 3, outcome: '{"e":"crashed"}', ttl: 60_000, grace: 20 }
          return (await broker.reclaim(queue, how)).condemned.length > 0 ? true : undefined
        })
        await join(5)
      },
    ],
    [
      'RUNNING',
      async (id) => {
        await hold(id)
      },
    ],
    [
      'SILENT',
      async (id) => {
        await put(id, { body: '{"t":1}' })
        await claim(await join())
        const { now } = await inspect()
        await until('its timeout', async () => ((await inspect()).now > now + 2 ? true : undefined))
      },
    ],
    [
      'SILENT',
      async (id) => {
        await hold(id)
        // As good as killed: its lease is valid, and nobody hears what is said to it.
        for (const each of open.splice(0)) await each.close()
      },
    ],
    [
      'SILENT',
      async (id) => {
        await put(id)
        await claim(await join(1, 60_000, false))
      },
    ],
    [
      'LEASE_EXPIRED',
      async (id) => {
        await hold(id, 20)
        await until('the lease to lapse', async () =>
          (await inspect()).workers.every(({ state }) => state !== 'alive') ? true : undefined,
        )
      },
    ],
    [
      'EXPIRES',
      async (id) => {
        await put(id, { body: '{"x":1}' })
        const { now } = await inspect()
        await until('its time to be over', async () => ((await inspect()).now > now + 2 ? true : undefined))
      },
    ],
    [
      'DONE',
      async (id) => {
        const { worker, ...task } = await hold(id)
        const settlement = { kind: 'done', task, status: SUCCESS, outcome: '{"r":1}', ttl: 60_000 } as const
        await broker.settle({ queue, worker, lane: 0, seq: ++seq }, [settlement], 0)
      },
    ],
    ['GONE', async () => await Promise.resolve()],
    [
      'OTHER_NAMESPACE',
      async (id) => {
        const other = new PulsarQueue({
          ...{ dataStore: `${at.store.url}${at.store.url.includes('?') ? '&' : '?'}namespace=other` },
          ...{ parseConsole: false, logLevel: 'silent', taskPaths: [] },
        })
        open.push(other)
        const { broker: theirs } = await other.api().start()
        await theirs.queue('theirs', [newTask(id)])
      },
    ],
  ]

  const inspect = async () => {
    const operations = broker.operations()
    if (operations === null) throw new Error('expected operations')
    return await operations.inspect(queue)
  }

  it.each(SITUATIONS)('says %s first', async (code, arrange) => {
    queue = `q-${String(++number)}`
    const id = `task-${String(++number)}`
    await arrange(id)
    const { reasons, says } = await control.explain(id)
    expect(reasons.map((reason) => reason.code)[0]).toBe(code)
    expect(says).toContain(id)
    expect(reasons[0]?.says).not.toMatch(/undefined|NaN/)
  })

  // An embedded store of another version cannot be opened at all: see the command line.
  it.runIf(store !== 'embedded')('says LAYOUT first, unless another queue has the task', async () => {
    const [theirs, ours] = [`q-${String(++number)}`, `q-${String(++number)}`]
    for (queue of [theirs, ours]) await put(`in ${queue}`)
    const redis = await at.store.redisOf?.(theirs)
    const mark = await redis?.hget(`{pq:${theirs}}:s`, 'M')
    await redis?.hset(`{pq:${theirs}}:s`, 'M', `1${mark?.slice(1) ?? ''}`)
    const { reasons, state } = await control.explain(`in ${theirs}`)
    await expect(control.explain(`in ${ours}`)).resolves.toMatchObject({ state: 'ready' })
    await redis?.hset(`{pq:${theirs}}:s`, 'M', mark ?? '')
    expect([state, reasons.map(({ code, evidence }) => [code, evidence['found'], evidence['expected']])]).toEqual([
      'gone',
      [['LAYOUT', '1', '3']],
    ])
    expect(reasons[0]?.fix).toMatch(/^run the version that wrote/)
  })

  it('says who has paused the queue, since when and why, unless a program has paused it since', async () => {
    queue = 'paused-by'
    await put('kept')
    await control.pause(queue, { by: 'ada', reason: 'the gateway is down' })
    const [reason] = (await control.explain('kept')).reasons
    expect(reason?.says).toMatch(/^queue paused-by has been paused for .+ by ada \(the gateway is down\): workers get/)
    expect(reason?.evidence).toMatchObject({ queue, pausedBy: 'ada', reason: 'the gateway is down' })
    expect((await control.queue(queue)).pausedBy).toMatchObject({ by: 'ada', reason: 'the gateway is down' })
    await control.resume(queue)
    expect(await control.queue(queue)).not.toHaveProperty('pausedBy')
    await broker.pause(queue)
    expect((await control.explain('kept')).reasons[0]?.says).toBe(
      'queue paused-by is paused: workers get none of its tasks',
    )
    expect((await control.queue(queue)).pausedBy).toBeNull()
  })

  it('names the other queues whose tasks use the slots of the workers of the queue, as do its free slots', async () => {
    queue = 'shared-a'
    const workers = [await join(2), await join(1)]
    const other = { id: workers[0]?.replace('aaaaaaaa', 'bbbbbbbb') ?? '', slots: 2, leaseTtl: 60_000 }
    await put('own')
    await claim(workers[1] ?? '')
    await put('waits')
    const free = async (): Promise<number | null | undefined> =>
      (await control.queues()).find(({ name }) => name === queue)?.free
    const metric = async (use: string): Promise<string | undefined> =>
      new RegExp(`^pulsar_queue_slots{queue="${queue}",use="${use}"} (.*)$`, 'm').exec(
        await control.metrics({ queues: (name) => name === queue }),
      )?.[1]
    expect(await free()).toBe(2)
    expect([await metric('free'), await metric('busy')]).toEqual(['2', '1'])
    for (const id of ['b-1', 'b-2']) await broker.queue('shared-b', [newTask(id)])
    await broker.join('shared-b', other)
    await broker.settle({ queue: 'shared-b', worker: other.id, lane: 0, seq: 1 }, [], 1)
    expect(await free()).toBe(1)
    expect((await control.explain('waits')).reasons).toMatchObject([{ code: 'BUSY', fix: null }])
    await broker.settle({ queue: 'shared-b', worker: other.id, lane: 0, seq: 2 }, [], 1)
    expect(await free()).toBe(0)
    expect([await metric('free'), await metric('busy')]).toEqual(['0', '3'])
    expect((await control.explain('waits')).reasons).toMatchObject([
      {
        code: 'BUSY',
        says: 'all of the 3 slots of 2 workers are in use, by tasks of other queues of theirs: shared-b',
        evidence: { slots: 3, usedBy: 'shared-b' },
        fix: expect.stringMatching(/^add workers, or raise concurrentTasks; /) as string,
      },
    ])
    expect((await control.queue(queue)).free).toBeNull()
  })

  it('says what to do where a lease has expired, whether others live or not', async () => {
    for (const alone of [true, false]) {
      queue = `q-${String(++number)}`
      const { id } = await hold(`task-${String(++number)}`, 20)
      await until('the lease to lapse', async () =>
        (await inspect()).workers.every(({ state }) => state !== 'alive') ? true : undefined,
      )
      if (!alone) await join()
      const [reason] = (await control.explain(id)).reasons
      expect(reason?.code).toBe('LEASE_EXPIRED')
      expect(reason?.fix).toMatch(alone ? /^start a worker/ : /^another worker of the queue takes it back/)
    }
  })

  it('says when a task of an unknown job fails: ten minutes after a worker first took it', async () => {
    queue = `q-${String(++number)}`
    const worker = await join(1, 60_000, { knowsJob: false })
    const fixOf = async (id: string): Promise<string | null | undefined> =>
      (await control.explain(id)).reasons.find(({ code }) => code === 'NO_JOB')?.fix
    const id = `task-${String(++number)}`
    await put(id)
    expect(await fixOf(id)).toMatch(/it fails by itself 10 min after one of them took it first$/)
    const settle = async (...settlements: ReleaseSettlement[]) =>
      await broker.settle({ queue, worker, lane: 0, seq: ++seq }, settlements, 1 - settlements.length)
    const [task] = (await settle()).tasks
    if (!task) throw new Error('nothing was claimed')
    const unknownSince = task.claimedAt - 300_000
    await settle({ kind: 'release', task, delay: 60_000, forOthers: true, unknownSince })
    await broker.promote(queue, [id])
    expect(await fixOf(id)).toMatch(/it fails by itself in (5 min|4 min \d+ s)$/)
  })

  it('counts no more than are first, and says where it may be fewer', async () => {
    queue = `q-${String(++number)}`
    await join(5)
    for (const id of ['first', 'second', 'third']) await put(id, { priority: 9 })
    await put('last', { priority: 1 })
    expect((await control.explain('last')).reasons[0]?.says).toBe('3 tasks of a higher priority are ready, and first')
    await control.revoke(await control.plan('revoke', `id:second queue:${queue}`))
    const says = (await control.explain('last')).reasons[0]?.says
    // Redis leaves the entry in the list until a worker comes to it.
    const counted = store === 'embedded' ? '2' : 'at most 3'
    expect(says).toBe(`${counted} tasks of a higher priority are ready, and first`)
  })

  it('says that workers are quiet', async () => {
    queue = `q-${String(++number)}`
    const app = new PulsarQueue({
      ...{ dataStore: at.store.url, workers: 0, taskQueues: [queue], taskPaths: [] },
      ...{ parseConsole: false, logLevel: 'silent' },
    })
    open.push(app)
    await app.start()
    const worker = (await control.workers()).find(({ queues }) => queues.some((each) => each.queue === queue))
    await control.worker(worker?.name ?? '').quiet()
    await put('quiet')
    const { reasons } = await control.explain('quiet')
    expect(reasons.map(({ code }) => code)).toEqual(['NO_JOB', 'NO_WORKER'])
    expect(reasons[1]?.fix).toBe('pq workers resume <name>')
  })
})
