import { closeSync, existsSync, openSync } from 'node:fs'
import type { JobContext, JobOptions } from 'pulsar-queue'
import { CPUBOUND, GREEN_IO, TaskError, THREAD_IO, defineJob } from 'pulsar-queue'
import type { RunEvent } from '../history/event.js'
import { Recorder } from '../history/recorder.js'
import type { Moment } from './plan.js'
import { DEATHS } from './plan.js'

const history = process.env['FAULTS_HISTORY'] ?? ''
const recorder = new Recorder(history)
/** Of the worker: children and threads of it inherit its environment. */
const worker = Number(process.env['FAULTS_WORKER'])
const options = { maxRetries: 3, retryDelay: '20ms' } as const

function record(context: JobContext, e: RunEvent['e'], why?: string): void {
  const { task, fence, name: job } = context
  const more = why === undefined ? {} : { why }
  recorder.record({ e, id: task.id, job, fence, run: task.retry, pid: worker, ...more })
}

/** Whether this is the first run of a task that comes so far. */
function isFirst(context: JobContext): boolean {
  try {
    closeSync(openSync(`${history}.${context.task.id}.died`, 'wx'))
    return true
  } catch {
    return false
  }
}

/** Kills the worker, the first time that a run of this task comes so far. */
function dieOnce(context: JobContext, dies: Moment | null, here: Moment): void {
  if (dies !== here || !isFirst(context)) return
  recorder.record({ e: 'fault', name: DEATHS[here] })
  process.kill(worker, 'SIGKILL')
  // Nothing else happens here until the signal has arrived, or the parent's death was noticed.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)
}

function begin(context: JobContext, dies: Moment | null): void {
  record(context, 'started')
  context.signal.addEventListener('abort', () => {
    record(context, 'aborted', String((context.signal.reason as { why?: unknown } | undefined)?.why))
  })
  dieOnce(context, dies, 'start')
}

function end(context: JobContext, fails: number, dies: Moment | null): { readonly fence: number } {
  record(context, 'effect')
  dieOnce(context, dies, 'effect')
  if (context.task.retry <= fails) {
    record(context, 'failed')
    throw new TaskError('as planned')
  }
  record(context, 'returned')
  dieOnce(context, dies, 'return')
  return { fence: context.fence }
}

const pause = async (ms: number): Promise<void> => await new Promise((resolve) => setTimeout(resolve, ms))

async function run(this: JobContext, ms: number, fails: number, dies: Moment | null) {
  begin(this, dies)
  if (dies === 'hold' && !existsSync(`${history}.let-go`) && isFirst(this)) await new Promise(() => undefined)
  await pause(ms)
  return end(this, fails, dies)
}

/** Jobs that this worker does not know, as one of an older version. */
const without = new Set((process.env['FAULTS_WITHOUT'] ?? '').split(' '))

function define(name: string, more: Omit<JobOptions, 'name'>, body: Parameters<typeof defineJob>[1]): void {
  if (!without.has(name)) defineJob({ ...options, ...more, name }, body)
}

define('fault.async', {}, run)
define('fault.line', {}, run)
define('fault.limited', { maxConcurrency: 2 }, run)
define('fault.thread', { concurrency: THREAD_IO }, run)
define('fault.process', { concurrency: CPUBOUND }, run)
define('fault.green', { concurrency: GREEN_IO }, function* (this: JobContext, ms: number, fails: number, dies: Moment) {
  begin(this, dies)
  yield pause(ms)
  return end(this, fails, dies)
})

/** Blocks the event loop of its worker. */
define('fault.spins', {}, function (this: JobContext, ms: number, fails: number, dies: Moment) {
  begin(this, dies)
  const over = performance.now() + ms
  while (performance.now() < over);
  return end(this, fails, dies)
})

/** Takes what a hostile producer sends. */
define('fault.hostile', {}, function (this: JobContext, value: unknown) {
  record(this, 'started')
  record(this, 'returned')
  return { fence: this.fence, type: typeof value }
})

defineJob(
  { name: 'fault.tick', runEvery: '100ms', catchUp: 'all', defaultQueue: 'ticks' },
  function (this: JobContext) {
    recorder.record({ e: 'tick', id: this.task.id, job: this.name, tick: Number(this.task.meta['tick']) })
  },
)
