import type { ActName, Api, AutoscaleSignal, JobContext } from 'pulsar-queue'
import { defineJob, NotMeasuredError, PulsarQueue } from 'pulsar-queue'
import { expect, onTestFinished } from 'vitest'
import { until } from '../../../support/until.js'

/** Jobs of the fixture run in threads and child processes, too. */
const JOBS = new URL('../../../locks/fixtures/jobs.ts', import.meta.url)
const PERIODIC = new URL('../../../scheduler/fixtures/quiet-jobs.ts', import.meta.url)
const QUEUES = ['load.one', 'load.two', 'load.three']

let isUp = false
const step = defineJob({ name: 'load.step', maxConcurrency: 2 }, async function (this: JobContext, n: number) {
  await using lock = await this.lock(`load ${String(n % 3)}`)
  await this.progress({ n, fence: lock.fence })
  return n
})
const fails = defineJob({ name: 'load.fails' }, (n: number) => {
  if (!isUp) throw new Error('the other side is away')
  return n
})

/** Drives an app with workers and schedules on a store: what `api.tasks` and `api.control` do. */
export async function driveApp(dataStore: string): Promise<void> {
  isUp = false
  const settings = { workers: 0, parseConsole: false, handleSignals: false, logLevel: 'silent' } as const
  const app = new PulsarQueue({
    ...{ dataStore, taskPaths: [JOBS, PERIODIC], schedulePeriodic: true, ...settings },
    ...{ taskQueues: ['pulsarqueue', ...QUEUES], concurrentTasks: 5 },
  })
  onTestFinished(async () => {
    await app.close()
  })
  const api = await app.api().start()
  const ended: string[] = []
  for (const event of ['done', 'failed', 'progress'] as const) {
    await api.onEvents('task', event, (_channel, _event, { id }) => ended.push(id))
  }
  await waitingTasks(api)
  await app.start()
  for (const queue of QUEUES) await run(api, queue)
  await until('events', () => (ended.length > 0 ? true : undefined))
  await operate(api)
}

/** What is done with tasks that wait, before there is a worker. */
async function waitingTasks({ tasks, control }: Api): Promise<void> {
  for (const queue of QUEUES) {
    const list = Array.from({ length: 10 }, (_, n) => ({ n }))
    await Promise.all(tasks.queueMany(step, list, { queue, callback: false, tags: ['load'] }))
    const late = await tasks.queue(step, [1], { queue, callback: false, delay: '1h' })
    const plan = async (act: ActName, filter: string) => await control.plan(act, `queue:${queue} ${filter}`)
    expect(await tasks.revoke(late.id)).toBe(true)
    const next = await tasks.queue(step, [2], { queue, callback: false, delay: '1h' })
    await control.runNow(await plan('run-now', `id:${next.id}`))
    const first = await tasks.queue(step, [3], { queue, callback: false })
    await control.prioritize(await plan('prioritize', `id:${first.id}`), 7)
    const moved = await tasks.queue(step, [4], { queue, callback: false })
    const other = QUEUES[(QUEUES.indexOf(queue) + 1) % QUEUES.length] ?? ''
    await control.move(await plan('move', `id:${moved.id}`), other)
    const dropped = await tasks.queue(step, [5], { queue, callback: false })
    await control.explain(dropped.id)
    const lines: string[] = []
    for await (const line of control.export(`queue:${queue}`, { whole: true })) lines.push(line)
    await control.drop(await plan('drop', `id:${dropped.id}`))
    await control.import(lines)
    expect((await control.list({ queue, state: 'ready' }, { limit: 5 })).tasks).toHaveLength(5)
  }
}

async function run({ tasks, control }: Api, queue: string): Promise<void> {
  const steps = Array.from({ length: 12 }, async (_, n) => (await tasks.queue(step, { n }, { queue })).result)
  expect(await Promise.all(steps)).toEqual(Array.from({ length: 12 }, (_, n) => n))
  const modes = ['asyncio', 'thread', 'process'].map(
    async (mode) => await tasks.queue(`${mode}.exclusive`, {}, { queue }),
  )
  expect((await Promise.all(modes)).map(({ result }) => typeof result)).toEqual(['number', 'number', 'number'])
  const failed = await Promise.all([1, 2].map((n) => tasks.queue(fails, [n], { queue }).catch(() => null)))
  expect(failed).toHaveLength(2)
  await until('problems', async () => ((await control.problems({ queue })).length > 0 ? true : undefined))
  isUp = true
  await control.retry(await control.plan('retry', `queue:${queue} state:failed`))
  isUp = false
}

/** What operators look at, and do with queues. */
async function operate({ tasks, control }: Api): Promise<void> {
  for (const queue of QUEUES) {
    await control.pause(queue)
    const held = await tasks.queue(step, [1], { queue, callback: false })
    await control.explain(held.id)
    await control.show(held.id)
    await control.resume(queue)
    for await (const task of control.find(`queue:${queue}`)) expect(task.queue).toBe(queue)
    await control.series({ queue, step: '1m', from: Date.now() - 600_000 })
    await until('a report of what has ended', async () => await signalOf(control, queue))
    expect(await control.queue(queue)).toMatchObject({ name: queue })
  }
  await Promise.all([control.queues(), control.workers(), control.overview(), control.schedules(), control.jobs()])
  await Promise.all([control.audit(), control.metrics(), tasks.size(...QUEUES), tasks.nextScheduled()])
  expect((await control.doctor()).checks).not.toHaveLength(0)
  await control.runSchedule('hourly')
  await control.pauseSchedule('hourly')
  await control.resumeSchedule('hourly')
  await tasks.flushQueues(...QUEUES)
}

/** What an autoscaler gets; undefined: the workers have not reported what has ended yet. */
async function signalOf(control: Api['control'], queue: string): Promise<AutoscaleSignal | undefined> {
  try {
    return await control.autoscale(queue)
  } catch (error) {
    if (error instanceof NotMeasuredError) return undefined
    throw error
  }
}
