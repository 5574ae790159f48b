import type { JobBackend, JobQueueOptions } from '../../jobs/define/job-context.js'
import { Lock } from '../../locks/lock.js'
import type { FutureBackend, TaskFuture } from '../../model/task-future.js'
import { endFuture, taskFuture } from '../../model/task-future.js'
import { newTaskId, queueTag } from '../../model/task-id.js'
import { Task } from '../../model/task.js'
import { toError } from '../../util/thrown.js'
import type { RunServices } from '../run-context.js'
import type { FromMember, HostCalls, ToMember, WireLock, WireTask } from './protocol.js'
import { fromWireError } from './wire-error.js'

/** The parts of {@link MemberServices}. */
export interface MemberServicesParts {
  readonly backend: JobBackend
  readonly defaultQueue: string
  /** Time between SIGTERM and SIGKILL for the shell commands of an aborted run, ms. Less than the member itself has. */
  readonly shellGrace: number
  /** The name of a job class or `defineJob` value. */
  readonly nameOf: (job: object) => string
  /** The queue of a job's tasks where the caller names none. */
  readonly queueOf: (job: string | object) => string
  readonly send: (message: FromMember) => void
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

  constructor(private readonly parts: MemberServicesParts) {}

  /** @param number - of the run @param workerName - of the worker that holds its task */
  of(number: number, workerName: string): RunServices {
    const { backend, defaultQueue, shellGrace } = this.parts
    return {
      backend,
      workerName,
      defaultQueue,
      shellGrace,
      queue: (_run, job, args, options) => this.#queue(number, job, args, options),
      lock: async (_run, name, options) => {
        const { timeout, signal } = options ?? {}
        signal?.throwIfAborted()
        const lock = this.#lock(number, await this.ask(number, 'lock', name, timeout))
        if (signal?.aborted === true) {
          await lock.release()
          signal.throwIfAborted()
        }
        return lock
      },
      tryLock: async (_run, name) => {
        const lock = await this.ask(number, 'tryLock', name)
        return lock === null ? null : this.#lock(number, lock)
      },
      runInThread: async (_run, source, args) => await this.ask(number, 'runInThread', source, args),
    }
  }

  /** Sends a call of a run to the worker, and waits for the answer. */
  async ask<K extends keyof HostCalls>(
    run: number,
    method: K,
    ...args: Parameters<HostCalls[K]>
  ): Promise<Awaited<ReturnType<HostCalls[K]>>> {
    const call = ++this.#call
    return await new Promise<Awaited<ReturnType<HostCalls[K]>>>((resolve, reject) => {
      this.#calls.set(call, { resolve: resolve, reject })
      try {
        this.parts.send({ kind: 'call', run, call, method, args })
      } catch (error) {
        this.#calls.delete(call)
        reject(toError(error))
      }
    })
  }

  /** Handles an answer of the worker, or its message that a lock was lost. Ignores other messages. */
  receive(message: ToMember): void {
    if (message.kind === 'answer') this.#take(message.call)?.resolve(message.value)
    else if (message.kind === 'refusal') this.#take(message.call)?.reject(fromWireError(message.error))
    else if (message.kind === 'lock-lost') this.#locks.get(message.key)?.lose(new Error('the lock was lost'))
  }

  #take(call: number): Call | undefined {
    const found = this.#calls.get(call)
    this.#calls.delete(call)
    return found
  }

  /** The future has its id at once, so it is made here. */
  #queue(run: number, job: string | object, args: object, options: JobQueueOptions | undefined): TaskFuture {
    const { nameOf, queueOf } = this.parts
    const { queue: wanted, id: given } = (options ?? {}) as Partial<Record<'queue' | 'id', unknown>>
    const queue = typeof wanted === 'string' ? wanted : queueOf(job)
    const id = typeof given === 'string' ? given : newTaskId(queueTag(queue))
    const queued = async (): Promise<Task> => {
      const name = typeof job === 'string' ? job : nameOf(job)
      return this.#task(run, await this.ask(run, 'queue', name, args, options, id))
    }
    return taskFuture(queued(), id, queue, this.#futures(run))
  }

  #task(run: number, { hasEnd, ...fields }: WireTask): Task {
    const task = new Task(fields)
    if (!hasEnd) return task
    const value = endFuture(task.id, task.queue ?? '', this.#futures(run))
    return Object.defineProperty(task, 'doneCallback', { value, enumerable: false })
  }

  #futures(run: number): FutureBackend {
    return {
      end: async (id) => this.#task(run, await this.ask(run, 'end', id)),
      revoke: async (id) => await this.ask(run, 'revoke', id),
    }
  }

  #lock(run: number, { name, fence, key }: WireLock): Lock {
    const lock = new Lock(name, fence, async () => {
      this.#locks.delete(key)
      return await this.ask(run, 'release', key)
    })
    this.#locks.set(key, lock)
    return lock
  }
}
