import { threadId } from 'node:worker_threads'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JobContext } from 'pulsar-queue'
import {
  BaseJob,
  CPUBOUND,
  defineJob,
  GREEN_IO,
  Job,
  PeriodicJob,
  TaskError,
  TaskFuture,
  THREAD_IO,
} from 'pulsar-queue'

/** Adds two numbers. */
@Job()
export class Addition extends BaseJob {
  run(a = 0, b = 0) {
    if (typeof b !== 'number') throw new TypeError(`cannot add ${typeof b}`)
    return a + b
  }
}

export const subtraction = defineJob({ name: 'subtraction' }, (a = 0, b = 0) => a - b)

@Job()
export class Asynchronous {
  async run(lag = 0.05) {
    const start = performance.now()
    await sleep(lag * 1_000)
    return (performance.now() - start) / 1_000
  }
}

export const maxConcurrency = defineJob(
  { name: 'maxconcurrency', maxConcurrency: 3, overflow: 'revoke' },
  async (lag = 1) => {
    await sleep(lag * 1_000)
  },
)

@Job()
export class NotOverlap extends BaseJob {
  async run(lag = 0.05) {
    await using lock = await this.lock()
    const start = Date.now()
    await sleep(lag * 1_000)
    return { start, end: Date.now(), fence: lock.fence }
  }
}

@Job()
export class QueueFromTask extends BaseJob {
  async run() {
    const task = await this.queue('asynchronous')
    return { fromTask: task.fromTask, status: task.statusString }
  }
}

@Job()
export class LocalQueue extends BaseJob {
  run() {
    return { queue: this.task.queue, node: this.backend.nodeName }
  }
}

export const where = (['asyncio', 'thread'] as const).map((concurrency) =>
  defineJob({ name: concurrency === 'thread' ? 'where.thread' : 'where', concurrency }, function (this: JobContext) {
    return { queue: this.task.queue, worker: this.task.worker }
  }),
)

export const futures = (['asyncio', 'thread', 'process'] as const).map((concurrency) =>
  defineJob({ name: `future.${concurrency}`, concurrency }, async function (this: JobContext) {
    const future = this.queue('addition', { a: 2, b: 3 }, { callback: false })
    const shown = String(future) === `<TaskFuture pending ID=${future.id}>` ? 'pending' : String(future)
    const queued = await future.wait('10s')
    const end = queued.doneCallback
    const done = await end
    const refused = await this.queue('no.such').then(
      () => null,
      (error: unknown) => (error as { code: string }).code,
    )
    const late = this.queue('addition', {}, { delay: '1h', id: `late-${this.task.id}` })
    await this.queue('addition', {}, { id: `late-${this.task.id}`, callback: false })
    return {
      isFuture: future instanceof TaskFuture,
      sameIds: new Set([future.id, queued.id, end?.id, done?.id]).size === 1,
      shown,
      status: queued.statusString,
      ended: done?.statusString,
      value: await this.queue('addition', { a: 2, b: 3 }).result(),
      local: (await this.queueLocal('addition')).queue,
      own: (await this.queue('addition', {}, { id: `own-${this.task.id}` })).id.slice(0, 3),
      refused,
      revoked: [await late.revoke(), (await late).statusString],
    }
  }),
)

async function atOnce(job: JobContext, mode: string) {
  const future = job.queue('addition', { a: 2, b: 3 }, { queue: false })
  const { id, queue, worker, fromTask, result } = await future
  const nested = await job.queue(`nested.${mode}`, {}, { queue: false })
  const executed = await job.queue('addition', {}, { queue: false, callback: false })
  const slow = job.queue('slow', {}, { queue: false })
  const isRevoked = await slow.revoke()
  return {
    ids: id === future.id,
    queue,
    worker,
    fromTask,
    result,
    nested: [nested.queue, nested.result],
    ended: (await executed.doneCallback)?.statusString,
    revoked: [isRevoked, (await slow).statusString],
  }
}
export const atOnceJobs = [
  ...(['asyncio', 'thread', 'process'] as const).flatMap((concurrency) => [
    defineJob({ name: `at.once.${concurrency}`, concurrency }, async function (this: JobContext) {
      return await atOnce(this, concurrency)
    }),
    // While it runs, its caller holds a thread or process of the pool.
    defineJob({ name: `nested.${concurrency}`, concurrency }, () => 5),
  ]),
  defineJob({ name: 'at.once.green', concurrency: GREEN_IO }, function* (this: JobContext) {
    return yield* this.wait(atOnce(this, 'asyncio'))
  }),
]

const codeOf = (error: unknown): string => (error as { code: string }).code

async function aboutBackend({ backend, task }: JobContext) {
  const { tasks, nodeName } = backend
  backend.logger.child('backend').info(`told by ${task.name}`)
  const [name, entry] = tasks.jobList('addition')[0] ?? []
  const future = tasks.queue('addition', { a: 2, b: 3 }, { delay: '1h', callback: false })
  const late = await tasks.get((await future).id)
  const queue = `about-${task.id}`
  await Promise.all(tasks.queueMany('addition', [{}, {}], { queue, callback: false }))
  await tasks.pause(queue)
  await tasks.resume(queue)
  const [next] = await tasks.nextScheduled('test.periodic')
  const { node, worker, pid, tasks: running } = await backend.info()
  const lock = await backend.lock(queue)
  return {
    nodes: [nodeName, tasks.nodeName, node],
    isOfWorker: [worker === task.worker, task.worker?.endsWith(`-${String(pid)}`), running.queues],
    name: backend.config.defaultTaskQueue,
    queues: [await backend.queues(), await tasks.queues()],
    done: (await tasks.queue('addition', { a: 2, b: 3 })).fromTask === task.id,
    local: await tasks.queueLocal('addition').then((each) => [each.queue, each.fromTask === task.id]),
    executed: await tasks.execute('addition', { a: 1 }).then((each) => [each.queue, each.result]),
    got: [late?.id === future.id, late?.statusString, await tasks.get('no-such')],
    revoked: [await tasks.revoke(future.id), await tasks.revoke(future.id)],
    sizes: [await tasks.size(queue), await tasks.flushQueues(queue)],
    described: [name, entry?.type],
    periodic: [next?.[0], Number(next?.[1]) >= 0],
    locks: [await backend.tryLock(queue), await lock.release(), (await backend.tryLock(queue)) !== null],
    refused: await tasks.queueMany('addition', 5 as never)[0]?.then(String, codeOf),
    unknown: await tasks.nextScheduled('no.such').then(String, codeOf),
  }
}
export const backends = [
  ...(['asyncio', 'thread', 'process'] as const).map((concurrency) =>
    defineJob({ name: `about.backend.${concurrency}`, concurrency }, async function (this: JobContext) {
      return await aboutBackend(this)
    }),
  ),
  defineJob({ name: 'about.backend.green', concurrency: GREEN_IO }, function* (this: JobContext) {
    return yield* this.wait(aboutBackend(this))
  }),
]

@Job()
export class QueueLocal extends BaseJob {
  async run() {
    return (await this.queueLocal('local.queue')).result
  }
}

@Job()
export class Handled {
  run() {
    throw new TaskError('handled by the job')
  }
}

@Job()
export class Slow extends BaseJob {
  async run() {
    await sleep(600_000, undefined, { signal: this.signal })
  }
}

/** Outlasts its timeout in the first run of a task. */
@Job()
export class SlowOnce extends BaseJob {
  async run() {
    if (this.task.retry === 1) await sleep(600_000, undefined, { signal: this.signal })
    return this.task.retry
  }
}

function retriesOf({ maxRetries, retryDelay }: JobContext) {
  return { maxRetries, retryDelay }
}
const RETRIES = { maxRetries: 1, retryDelay: '2s' } as const
export const aboutRetries = (['asyncio', 'thread', 'process'] as const).map((concurrency) =>
  defineJob({ ...RETRIES, name: `about.retries.${concurrency}`, concurrency }, function (this: JobContext) {
    return retriesOf(this)
  }),
)

@Job({ concurrency: GREEN_IO })
export class Green extends BaseJob {
  *run(lag = 0.01) {
    const value: string = yield* this.wait(sleep(lag * 1_000, 'waited'))
    return value
  }
}

@Job()
export class RunInThread extends BaseJob {
  async run() {
    const there = await this.runInThread(async () => (await import('node:worker_threads')).threadId)
    return there !== threadId
  }
}

@Job({ concurrency: THREAD_IO })
export class InThread {
  run() {
    return { thread: threadId, pid: process.pid }
  }
}

@Job({ concurrency: CPUBOUND })
export class CpuBound extends BaseJob {
  run(error = false) {
    this.logger.info('on a processor of its own')
    if (error) throw new Error('just a test')
    return ['OK', process.pid]
  }
}

@Job({ concurrency: CPUBOUND })
export class CpuBoundBigLog extends BaseJob {
  run() {
    for (let i = 0; i < 1_024; i++) this.logger.info('*'.repeat(1_024))
    for (let i = 0; i < 1_024; i++) process.stdout.write(`${'*'.repeat(1_024)}\n`)
  }
}

@Job()
export class Scrape extends BaseJob {
  async run(url: string) {
    const response = await this.http.fetch(url)
    return await response.text()
  }
}

@Job()
export class Shell extends BaseJob {
  async run(command: string) {
    return await this.shell(command)
  }
}

@Job()
export class About extends BaseJob {
  run() {
    this.logger.warn('what a job can reach')
    return { name: this.name, task: this.task.id, retries: this.maxRetries, queue: this.defaultQueue }
  }
}

@Job({ runEvery: '500ms' })
export class TestPeriodic extends PeriodicJob {
  run() {
    return Date.now()
  }
}

@Job({ runEvery: '1h' })
export class TestPeriodicError extends PeriodicJob {
  run(message = 'kaputt') {
    throw new Error(message)
  }
}
