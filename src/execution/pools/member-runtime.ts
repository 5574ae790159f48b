import { AsyncLocalStorage } from 'node:async_hooks'
import { createRequire } from 'node:module'
import { JobDefinitionError, NonRetryableError } from '../../errors.js'
import { Lock } from '../../locks/lock.js'
import type { JobBackend, JobContext } from '../../jobs/define/job-context.js'
import { Task } from '../../model/task.js'
import type { TaskFields, WaitOptions } from '../../model/task.js'
import type { Serializer } from '../../serializers/serializer.js'
import { bounded } from '../../util/bounded.js'
import type { Encoded } from '../../util/encoded.js'
import { errorMessage, toError } from '../../util/thrown.js'
import { decodeCall, encodeReport } from '../../serializers/task-codec.js'
import type { JobSource } from '../executor.js'
import type { BuiltJob } from '../inline-runner.js'
import { inlineRunner } from '../inline-runner.js'
import { Run } from '../run.js'
import type { RunServices } from '../run-context.js'
import { RunContext } from '../run-context.js'
import type { FromMember, MessageOf, ToMember, WireLock, WireRun, Written } from './protocol.js'
import { RemoteLogger } from './remote-logger.js'
import { fromWireError, toWireError } from './wire-error.js'

/** The jobs of a member. */
export interface MemberJobs extends JobSource {
  build(name: string, context: JobContext): BuiltJob
  /** The name of a job class or `defineJob` value. */
  nameOf(job: object): string
}

/** What a host is made of. */
export interface MemberRuntimeParts {
  readonly jobs: MemberJobs
  readonly serializer: Serializer
  readonly backend: JobBackend
  readonly defaultQueue: string
  /** What a shell command of an aborted run gets before it is killed: less than the member itself gets, ms. */
  readonly shellGrace: number
  readonly send: (message: FromMember) => void
  /** What was written to the pipes so far; null where output does not travel through pipes. */
  readonly written: (() => Written) | null
}

/** A queued task on its way. `followed`: the other side can wait for its end. */
export type QueuedFields = TaskFields & { readonly followed: boolean }

interface Call {
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * Runs jobs in a worker thread or a child process, as the pool at the other end says. Made there by the wiring. A job has
 * the same `this` as elsewhere: what only the worker can do is asked of it.
 */
export class MemberRuntime {
  readonly #current = new AsyncLocalStorage<number>()
  readonly #runs = new Map<number, Run>()
  readonly #calls = new Map<number, Call>()
  readonly #locks = new Map<string, Lock>()
  #call = 0

  constructor(private readonly parts: MemberRuntimeParts) {}

  /** The run whose code calls this; null outside of runs. */
  get current(): number | null {
    return this.#current.getStore() ?? (this.#runs.size === 1 ? ([...this.#runs.keys()][0] ?? null) : null)
  }

  receive(message: ToMember): void {
    if (message.kind === 'start') void this.#start(message.run, message.task)
    else if (message.kind === 'function') void this.#runFunction(message)
    else if (message.kind === 'abort') this.#runs.get(message.run)?.abort(message.why)
    else if (message.kind === 'answer') this.#settle(message.call)?.resolve(message.value)
    else if (message.kind === 'refusal') this.#settle(message.call)?.reject(fromWireError(message.error))
    else if (message.kind === 'notice') this.#locks.get(message.key)?.lose(new Error('the lock was lost'))
    else if (message.kind === 'ping') this.parts.send({ kind: 'pong' })
  }

  async #start(number: number, task: WireRun): Promise<void> {
    const { serializer, jobs } = this.parts
    const written = this.parts.written
    const ended = (message: MessageOf<'done' | 'failed'>): void => {
      this.#runs.delete(number)
      this.parts.send(written === null ? message : { ...message, written: written() })
    }
    try {
      const call = decodeCall(serializer, task.claimed.body)
      const job = jobs.require(call.job)
      const run = new Run(task.queue, task.claimed, call, this.#logger(number), null, async (_run, value) => {
        await this.#ask(number, 'progress', [value])
      })
      this.#runs.set(number, run)
      const bound = job.bind(call.args ?? {})
      const positional = bound instanceof Promise ? await bound : bound
      const runner = inlineRunner((of) => jobs.build(call.job, new RunContext(of, job, this.#services(number, task))))
      const begin = (): void => {
        run.begin(task.timeout)
      }
      const result = await this.#current.run(number, async () => await runner(run, positional, begin))
      run.end()
      ended({ kind: 'done', run: number, outcome: this.#outcome(run, task, result) })
    } catch (error) {
      this.#runs.get(number)?.end()
      ended({ kind: 'failed', run: number, error: toWireError(error) })
    }
  }

  #outcome(run: Run, task: WireRun, result: unknown): Encoded {
    const { serializer, backend } = this.parts
    const ran = { startedAt: run.startedAt, worker: task.worker, node: backend.nodeName }
    try {
      return encodeReport(serializer, { result, ...ran })
    } catch (error) {
      throw new NonRetryableError(`the result cannot be stored: ${errorMessage(error)}`)
    }
  }

  #services(number: number, task: WireRun): RunServices {
    const { backend, defaultQueue, jobs } = this.parts
    return {
      backend,
      workerName: task.worker,
      defaultQueue,
      shellGrace: this.parts.shellGrace,
      queue: async (job, args, options) => {
        const name = typeof job === 'string' ? job : jobs.nameOf(job)
        return this.#task(number, (await this.#ask(number, 'queue', [name, args, options])) as QueuedFields)
      },
      lock: async (_run, name, options) => {
        const { timeout, signal } = options ?? {}
        signal?.throwIfAborted()
        const lock = this.#lock(number, (await this.#ask(number, 'lock', [name, timeout])) as WireLock)
        if (signal?.aborted === true) {
          await lock.release()
          signal.throwIfAborted()
        }
        return lock
      },
      tryLock: async (_run, name) => {
        const got = (await this.#ask(number, 'tryLock', [name])) as WireLock | null
        return got === null ? null : this.#lock(number, got)
      },
      runInThread: async (_run, source, args) => await this.#ask(number, 'runInThread', [source, args]),
    }
  }

  #task(number: number, { followed, ...fields }: QueuedFields): Task {
    const task = new Task(fields)
    if (!followed) return task
    const wait = async (options?: WaitOptions): Promise<Task> => {
      const end = this.#ask(number, 'end', [task.id]).then((ended) => this.#task(number, ended as QueuedFields))
      return await bounded(end, task.id, options)
    }
    return Object.assign(task, { doneCallback: { wait } })
  }

  #lock(run: number, { name, fence, key }: WireLock): Lock {
    const lock = new Lock(name, fence, async () => {
      this.#locks.delete(key)
      return (await this.#ask(run, 'release', [key])) as boolean
    })
    this.#locks.set(key, lock)
    return lock
  }

  #logger(run: number): RemoteLogger {
    return new RemoteLogger((level, name, message, data) => {
      this.parts.send({ kind: 'log', run, level, name, message, data: data && plain(data) })
    })
  }

  async #ask(run: number, method: string, args: readonly unknown[]): Promise<unknown> {
    const call = ++this.#call
    return await new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject })
      try {
        this.parts.send({ kind: 'call', run, call, method, args })
      } catch (error) {
        this.#calls.delete(call)
        reject(toError(error))
      }
    })
  }

  #settle(call: number): Call | undefined {
    const asked = this.#calls.get(call)
    this.#calls.delete(call)
    return asked
  }

  async #runFunction({ run, source, args }: Extract<ToMember, { kind: 'function' }>): Promise<void> {
    try {
      const made = functionOf(source)
      const value = await this.#current.run(run, async () => await made(...args))
      this.parts.send({ kind: 'returned', run, value })
    } catch (error) {
      this.parts.send({ kind: 'failed', run, error: toWireError(error) })
    }
  }
}

type MakeFunction = (
  require: NodeJS.Require,
  jitiImport: (name: string) => Promise<unknown>,
) => (...args: readonly unknown[]) => unknown

function functionOf(source: string): (...args: readonly unknown[]) => unknown {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- a function travels as its source
    const make = new Function('require', 'jitiImport', `return (${source})`) as MakeFunction
    // In TypeScript that jiti has loaded, `import(...)` is a call of its own.
    return make(createRequire(import.meta.url), async (name) => (await import(name)) as unknown)
  } catch (error) {
    throw new JobDefinitionError(
      'runInThread',
      `expected an arrow function or a function expression, which is carried as its source, got one that is not: ${errorMessage(error)}`,
    )
  }
}

/** What cannot be carried is shown as text. */
function plain(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    structuredClone(data)
    return data
  } catch {
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, value instanceof Error ? toWireError(value) : String(value)]),
    )
  }
}
