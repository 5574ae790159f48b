import type { Api, Control, PulsarQueue } from 'pulsar-queue'
import { defineJob, Logger } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeptLogger } from '../support/kept-logger.js'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'

/** Names of the tasks that run now, with what ends each. */
const running = new Map<string, () => void>()
const work = defineJob({ name: 'work' }, async ({ name }: { name: string }) => {
  await new Promise<void>((resolve) => running.set(name, resolve))
})

describe.each(STORES)('orders to a worker on $store', ({ make }) => {
  const at = useOperatedStore(make)
  let api: Api
  let control: Control
  let queue: string

  beforeEach(() => {
    ;({ api, control, queue } = at)
    running.clear()
  })
  afterEach(() => {
    for (const end of running.values()) end()
  })

  /** Starts a worker. @returns its name */
  let worker: PulsarQueue
  const serve = async (concurrentTasks = 1, logger?: Logger): Promise<string> => {
    worker = at.server({ concurrentTasks })
    if (logger !== undefined) worker.container.register(Logger, { useValue: logger })
    await worker.start()
    return await nameOf()
  }
  const nameOf = async (): Promise<string> => {
    const found = (await control.workers()).find(({ queues }) => queues.some((each) => each.queue === queue))
    if (found === undefined) throw new Error('expected a worker')
    return found.name
  }
  const put = (name: string) => api.tasks.queue(work, { name }, { queue, id: `${queue}-${name}` })
  const started = async (name: string): Promise<void> => {
    await until(`${name} to start`, () => (running.has(name) ? true : undefined))
  }

  it('quiet: it claims no more, and what it runs goes on, until it is told to resume', async () => {
    const name = await serve()
    const a = put('a')
    await started('a')
    await control.worker(name).quiet({ reason: 'new kernel', by: 'ada' })
    const b = put('b')
    // The end of the one would bring the other.
    running.get('a')?.()
    expect(await a).toMatchObject({ statusString: 'SUCCESS' })
    expect(await control.queue(queue)).toMatchObject({ ready: 1, held: 0, workers: 1 })
    const c = put('c')
    await until('both to wait', async () => ((await control.queue(queue)).ready === 2 ? true : undefined))
    expect(running.size).toBe(1)
    await control.worker(name).resume()
    await started('b')
    running.get('b')?.()
    await started('c')
    running.get('c')?.()
    await Promise.all([b, c])
    expect(await control.audit({ limit: 2 })).toMatchObject([
      { act: 'worker-resume', target: `worker:${name}` },
      { act: 'worker-quiet', target: `worker:${name}`, by: 'ada', reason: 'new kernel', done: 1 },
    ])
  })

  it('quiet: it is a state of the worker, for all who look, until it is told to resume', async () => {
    const name = await serve()
    const looks = {
      workers: async () => await control.workers(),
      overview: async () => (await control.overview()).workers ?? [],
    }
    const seen = async (isQuiet: boolean): Promise<void> => {
      for (const [which, look] of Object.entries(looks)) {
        await until(`${which} to tell it`, async () => {
          const worker = (await look()).find((each) => each.name === name)
          // State and status never contradict each other.
          const isTold = worker?.state === 'quiet'
          expect(worker?.status?.quiet ?? isTold).toBe(isTold)
          return worker?.state === (isQuiet ? 'quiet' : 'alive') && worker.status !== null ? true : undefined
        })
      }
    }
    await seen(false)
    await control.worker(name).quiet()
    await seen(true)
    await control.worker(name).resume()
    await seen(false)
  })

  it('quiet: an idle worker is handed nothing', async () => {
    const name = await serve(3)
    await control.worker(name).quiet()
    const a = put('a')
    await until('the task', async () => ((await control.queue(queue)).ready === 1 ? true : undefined))
    await control.worker(name).resume()
    await started('a')
    running.get('a')?.()
    await a
  })

  it('concurrency: it runs more tasks at once, and then fewer', async () => {
    const name = await serve()
    const all = ['a', 'b', 'c'].map(put)
    await started('a')
    await control.worker(name).concurrency(2)
    await started('b')
    await until('the number of slots', async () => ((await control.queue(queue)).slots === 2 ? true : undefined))
    await control.worker(name).concurrency(1)
    running.get('b')?.()
    await all[1]
    expect(running.has('c')).toBe(false)
    running.get('a')?.()
    await started('c')
    running.get('c')?.()
    await Promise.all(all)
    for (const tasks of [0, 1.5, NaN, 1e9]) {
      await expect(control.worker(name).concurrency(tasks)).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION' })
    }
  })

  it('logLevel: it logs more, unless the logger is that of the application', async () => {
    const name = await serve()
    await control.worker(name).logLevel('error')
    await expect(control.worker(name).logLevel('loud' as 'info')).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION' })
    await worker.close()
    const logger = new KeptLogger()
    await serve(1, logger)
    await expect(control.worker(name).logLevel('debug')).rejects.toThrow("the application's own logger decides")
    expect(logger.lines.map(({ message }) => message).join('\n')).toContain('has ordered log-level, which is refused')
  })

  it('stop: it ends what it runs, and leaves', async () => {
    const name = await serve()
    const a = put('a')
    await started('a')
    await control.worker(name).stop()
    running.get('a')?.()
    expect(await a).toMatchObject({ statusString: 'SUCCESS' })
    await until('the worker to leave', async () => ((await control.queue(queue)).workers === 0 ? true : undefined))
  })

  it('are refused with what to do where no worker takes them', async () => {
    await expect(control.worker('nobody:1').quiet()).rejects.toThrow('pq workers lists them')
    const { broker } = api
    const [deaf, gone] = ['host-1~aaaaaaaa~1', 'host-2~bbbbbbbb~1']
    await broker.queue(queue, [])
    const subscription = await broker.openWorker(queue, deaf, () => undefined)
    for (const id of [deaf, gone]) await broker.join(queue, { id, slots: 1, leaseTtl: 60_000 })
    const names = (await control.workers()).filter(({ queues }) => queues.some((each) => each.queue === queue))
    expect(names).toHaveLength(2)
    const errors = await Promise.all(
      names.map(
        async ({ name }) =>
          await control
            .worker(name)
            .quiet()
            .catch((error: unknown) => error),
      ),
    )
    const texts = errors.map(String).sort()
    expect(errors).toMatchObject([{ code: 'PQ_WORKER_ORDER' }, { code: 'PQ_WORKER_ORDER' }])
    expect(texts.join('\n')).toContain('it has not answered within 5 s: its event loop may be blocked')
    expect(texts.join('\n')).toContain('nobody hears what is sent to it: its process has ended')
    expect(await control.audit({ limit: 2 })).toMatchObject([{ done: 0 }, { done: 0 }])
    await subscription.close()
    for (const id of [deaf, gone]) await broker.leave(queue, id)
  })
})
