/*
 * A producer of the load: a process that queues what follows from its seed until it is told to stop, and then waits for all of its
 * futures. Its environment has FAULTS_HISTORY, FAULTS_PRODUCER (its name), FAULTS_URL, FAULTS_SEED and FAULTS_MIX (JSON).
 */
import type { Api, TaskFuture } from 'pulsar-queue'
import { isPulsarError, PulsarQueue } from 'pulsar-queue'
import { Recorder } from '../history/recorder.js'
import { Random } from '../random.js'
import type { Mix, PlannedTask } from './plan.js'
import { nextCall } from './plan.js'

const env = (name: string): string => process.env[name] ?? ''
const producer = env('FAULTS_PRODUCER')
const mix = JSON.parse(env('FAULTS_MIX')) as Mix
const random = new Random(Number(env('FAULTS_SEED')))
const recorder = new Recorder(env('FAULTS_HISTORY'))
const RETRIES = 3
/** Tasks of a line that are queued without waiting for their ends. */
const LINE = 20
const FILES = process.env['FAULTS_POISON'] === undefined ? ['jobs.ts'] : ['jobs.ts', 'poison.ts']

const codeOf = (error: unknown): string => (isPulsarError(error) ? error.code : String(error))

/** The calls of `tasks`, for jobs that no type knows. */
interface AnyTasks {
  queue(job: string, args: object, options: object): TaskFuture
  queueMany(job: string, args: readonly object[], options: object): readonly TaskFuture[]
}

const tasksOf = ({ tasks }: Api): AnyTasks => tasks

class Producer {
  readonly #pending = new Set<Promise<void>>()
  #isStopping = false
  #sent = 0
  #calls = 0

  constructor(private readonly api: Api) {}

  stop(): void {
    this.#isStopping = true
  }

  /** Queues until it is told to stop; one call follows the other, but none waits for the one before. */
  async produce(): Promise<void> {
    const line = mix.line ? this.#line() : Promise.resolve()
    while (!this.#isStopping) {
      this.#call(nextCall(random, mix, this.#calls++))
      await new Promise((resolve) => setTimeout(resolve, random.between(0, 10)))
      while (this.#pending.size >= mix.pending) await Promise.race(this.#pending)
    }
    await line
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }

  /** Each task of a line is queued once the one before was acknowledged. What was refused may have been queued, and ends it. */
  async #line(): Promise<void> {
    for (let place = 1; !this.#isStopping; place++) {
      const task = {
        job: 'fault.line',
        args: { ms: 5, fails: 0, dies: null },
        fails: 0,
        delay: 0,
        priority: 4,
        revokeAfter: null,
      }
      const [future] = this.#send([{ ...task, ownId: false }], 'line', place)
      if (future === undefined || !(await this.#follow(future, null))) return
      // Some wait, so that there is an order.
      if (place % LINE === 0) await future.result().catch(() => undefined)
    }
  }

  #call(tasks: readonly [PlannedTask, ...PlannedTask[]]): void {
    this.#send(tasks, 'pulsarqueue').forEach((future, i) => void this.#follow(future, tasks[i]?.revokeAfter ?? null))
  }

  #send(tasks: readonly [PlannedTask, ...PlannedTask[]], queue: string, place?: number): readonly TaskFuture[] {
    const [{ job, delay, priority, ownId, args }] = tasks
    const options = { queue, delay: `${String(delay)}ms`, priority, callback: false } as const
    const futures =
      tasks.length > 1
        ? tasksOf(this.api).queueMany(
            job,
            tasks.map((task) => task.args),
            options,
          )
        : [
            tasksOf(this.api).queue(
              job,
              args,
              ownId ? { ...options, id: `${producer}:${String(++this.#sent)}` } : options,
            ),
          ]
    futures.forEach(({ id }, i) => {
      const fails = tasks[i]?.fails ?? 0
      const line = place === undefined ? {} : { place }
      recorder.record({ e: 'sent', id, producer, job, queue, priority, delay, retries: RETRIES, fails, ...line })
    })
    return futures
  }

  /** @returns whether the task was acknowledged */
  async #follow(future: TaskFuture, revokeAfter: number | null): Promise<boolean> {
    let isOver: () => void = () => undefined
    const pending = new Promise<void>((resolve) => (isOver = resolve))
    this.#pending.add(pending)
    const over = (): void => {
      this.#pending.delete(pending)
      isOver()
    }
    try {
      const queued = await future
      recorder.record({ e: 'acknowledged', id: future.id })
      void this.#end(future.id, queued.doneCallback ?? null).finally(over)
      if (revokeAfter !== null) setTimeout(() => void this.#revoke(future), revokeAfter)
      return true
    } catch (error) {
      recorder.record({ e: 'refused', id: future.id, code: codeOf(error) })
      over()
      return false
    }
  }

  async #end(id: string, end: PromiseLike<unknown> | null): Promise<void> {
    try {
      const task = (await end) as { status: number; retry: number; timeEnded: number; result?: { fence?: number } }
      const fence = task.result?.fence ?? null
      recorder.record({ e: 'ended', id, status: task.status, run: task.retry, fence, endedAt: task.timeEnded })
    } catch (error) {
      recorder.record({ e: 'rejected', id, code: codeOf(error) })
    }
  }

  async #revoke(future: TaskFuture): Promise<void> {
    recorder.record({ e: 'revoking', id: future.id })
    try {
      recorder.record({ e: 'revoked', id: future.id, changed: await future.revoke() })
    } catch {
      // Its future tells what became of it.
    }
  }
}

const app = new PulsarQueue({
  dataStore: env('FAULTS_URL'),
  taskPaths: FILES.map((file) => new URL(file, import.meta.url)),
  parseConsole: false,
  logLevel: 'warn',
})
const running = new Producer(await app.api().start())
process.on('SIGUSR2', () => {
  running.stop()
})
process.stdout.write('ready\n')
await running.produce()
recorder.record({ e: 'finished', producer })
await app.close()
