import { resolve } from 'node:path'
import { RunOverError } from '../../errors.js'
import type { TaskLooks } from '../../jobs/define/job-backend.js'
import type { JobQueueOptions } from '../../jobs/define/job-context.js'
import type { JobCatalogue } from '../../jobs/loading/job-catalogue.js'
import { Lock } from '../../locks/lock.js'
import type { LockOptions } from '../../locks/locks.js'
import { boundedWait } from '../../model/bounded-wait.js'
import { checkWait } from '../../model/check-wait.js'
import { readOptions } from '../../model/read-options.js'
import type { FutureBackend, TaskFuture } from '../../model/task-future.js'
import { endFuture, taskFuture } from '../../model/task-future.js'
import { givenId, newTaskId, queueTag } from '../../model/task-id.js'
import { Task, withEnd } from '../../model/task.js'
import type { Logger } from '../../logging/logger.js'
import { errorMessage, member, toError } from '../../util/thrown.js'
import type { RunServices, SharedBackend } from '../run-services.js'
import type { FromMember, HostCalls, Origin, PlainLook, ToMember, WireLock, WireTask } from './protocol.js'
import { RemoteLogger } from './remote-logger.js'
import type { WireValue } from './wire-value.js'
import { fromWireError } from './wire-error.js'
import { pack, packForThread, unpack } from './wire-value.js'

/** The parts of {@link MemberServices}. */
export interface MemberServicesParts {
  readonly backend: Pick<SharedBackend, 'nodeName' | 'config'>
  /** The jobs that this member knows. */
  readonly catalogue: JobCatalogue
  readonly defaultQueue: string
  /** The name of a job class or `defineJob` value. */
  readonly nameOf: (job: object) => string
  /** The queue of a job's tasks where the caller names none. */
  readonly queueOf: (job: string | object) => string
  readonly send: (message: FromMember) => void
  /** Whether this member is a thread: memory can be shared with it. */
  readonly isThread: boolean
}

interface Call {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** The services of the runs in a member. Calls that need the worker, such as `queue` and `lock`, are sent to it. */
export class MemberServices {
  readonly #calls = new Map<number, Call>()
  readonly #locks = new Map<string, Lock>()
  #call = 0

  constructor(
    private readonly parts: MemberServicesParts,
    /** Whether a run goes on in this member. */
    private readonly goesOn: (number: number) => boolean,
    private readonly loggerOf: (run: Origin) => Logger,
  ) {}

  /** @param workerName - of the worker that holds its task */
  of(run: Origin, workerName: string): RunServices {
    const { defaultQueue } = this.parts
    return {
      backend: this.#backend(run),
      workerName,
      defaultQueue,
      queue: (_run, job, args, options) => this.#queue(run, job, args, options),
      shell: async (_run, command, options) => {
        const here = { ...options, cwd: resolve(options.cwd ?? '') }
        return await this.ask(run, 'shell', command, here, { ...process.env })
      },
      lock: async (_run, name, options) => await this.#awaitLock(run, name, options),
      tryLock: async (_run, name) => {
        const lock = await this.ask(run, 'tryLock', name)
        return lock === null ? null : this.#lock(run, lock)
      },
      runInThread: async (_run, source, args) => await this.ask(run, 'runInThread', source, args),
    }
  }

  /** Sends a call of a run to the worker, and waits for the answer. @throws {@link RunOverError} after the end of the run */
  async ask<K extends keyof HostCalls>(
    { run, bindings }: Origin,
    method: K,
    ...args: Parameters<HostCalls[K]>
  ): Promise<Awaited<ReturnType<HostCalls[K]>>> {
    if (!this.goesOn(run)) throw new RunOverError(bindings.task)
    const call = ++this.#call
    return await new Promise<Awaited<ReturnType<HostCalls[K]>>>((resolve, reject) => {
      this.#calls.set(call, { resolve: resolve, reject })
      try {
        const toPack = method === 'runInThread' && this.parts.isThread ? packForThread : pack
        this.parts.send({ kind: 'call', run, call, method, args: toPack(args) })
      } catch (error) {
        this.#calls.delete(call)
        reject(toError(error))
      }
    })
  }

  /** Handles an answer of the worker, or its message that a lock was lost. Ignores other messages. */
  receive(message: ToMember): void {
    if (message.kind === 'answer') this.#answered(message.call, message.value)
    else if (message.kind === 'refusal') this.#take(message.call)?.reject(fromWireError(message.error))
    else if (message.kind === 'lock-lost') this.#locks.get(message.key)?.lose(new Error('the lock was lost'))
  }

  #answered(number: number, value: WireValue): void {
    const call = this.#take(number)
    try {
      call?.resolve(unpack(value))
    } catch (error) {
      call?.reject(error)
    }
  }

  #take(call: number): Call | undefined {
    const found = this.#calls.get(call)
    this.#calls.delete(call)
    return found
  }

  #backend(run: Origin): SharedBackend {
    const { backend, catalogue, send } = this.parts
    const logger = new RemoteLogger((line) => {
      send({ kind: 'log', of: null, ...line })
    })
    return {
      ...backend,
      jobs: catalogue,
      logger,
      looks: this.#looks(run),
      info: async () => await this.ask(run, 'info'),
    }
  }

  #looks(run: Origin): TaskLooks {
    const look = <K extends PlainLook>(call: K): TaskLooks[K] =>
      (async (...args: readonly unknown[]) => await this.ask(run, 'look', call, args)) as unknown as TaskLooks[K]
    return {
      get: async (id) => {
        const task = await this.ask(run, 'get', id)
        return task === null ? null : this.#task(run, task)
      },
      revoke: look('revoke'),
      size: look('size'),
      flushQueues: look('flushQueues'),
      pause: look('pause'),
      resume: look('resume'),
      queues: look('queues'),
      nextScheduled: look('nextScheduled'),
    }
  }

  /** The future has its id at once, so it is made here. */
  #queue(run: Origin, job: string | object, args: object, options: JobQueueOptions | undefined): TaskFuture {
    const { nameOf, queueOf } = this.parts
    const wanted = member(options, 'queue')
    const queue = typeof wanted === 'string' ? wanted : queueOf(job)
    const id = givenId(options) ?? newTaskId(queueTag(queue))
    const queued = async (): Promise<Task> => {
      // Read before they are packed: a getter that throws is refused as a wrong option, as on the worker's event loop.
      const given = readOptions(() => (Object(options) === options ? { ...options } : options))
      const name = typeof job === 'string' ? job : nameOf(job)
      return this.#task(run, await this.ask(run, 'queue', name, args, given, id))
    }
    return taskFuture(queued(), id, queue, this.#futures(run))
  }

  #task(run: Origin, { hasEnd, ...fields }: WireTask): Task {
    const task = new Task(fields)
    if (!hasEnd) return task
    return withEnd(task, ({ id, queue }) => endFuture(id, queue ?? '', this.#futures(run)))
  }

  #futures(run: Origin): FutureBackend {
    return {
      end: async (id) => this.#task(run, await this.ask(run, 'end', id)),
      revoke: async (id) => await this.ask(run, 'revoke', id),
      dropped: (id, error) => {
        this.loggerOf(run).error(
          `the promise of task ${id} was rejected, and nobody waits for it: ${errorMessage(error)}`,
        )
      },
    }
  }

  /** A lock that the worker grants when its caller has given up the wait is released at once. */
  async #awaitLock(run: Origin, name: string, options: LockOptions | undefined): Promise<Lock> {
    const { timeout, signal } = checkWait(options)
    signal?.throwIfAborted()
    const granted = this.ask(run, 'lock', name, timeout).then((lock) => this.#lock(run, lock))
    try {
      return await boundedWait(() => granted, name, { signal })
    } catch (error) {
      granted.then(async (lock) => await lock.release()).catch(() => undefined)
      throw error
    }
  }

  #lock(run: Origin, { name, fence, key }: WireLock): Lock {
    const lock = new Lock(name, fence, async () => {
      this.#locks.delete(key)
      // The locks of a run that is over are released already.
      return this.goesOn(run.run) ? await this.ask(run, 'release', key) : true
    })
    this.#locks.set(key, lock)
    return lock
  }
}
