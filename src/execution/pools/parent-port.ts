import { StringDecoder } from 'node:string_decoder'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import type { MemberMark } from './member-program.js'
import { MEMBER_ENV } from './member-program.js'
import { takeWrites } from './member-output.js'
import type { FromMember, Origin, ToMember } from './protocol.js'
import { toWireError } from './wire-error.js'
import { OrphanWatch } from '../../util/orphan-watch.js'

/** What runs in a member, as its port sees it. */
export interface MemberHost {
  receive(message: ToMember): void
  /** The run whose code is the caller; null outside of runs. */
  readonly origin: Origin | null
  /** Whether nobody waits for a run any more. */
  isOver(origin: Origin): boolean
}

/** A member's end of the connection to its pool. Each process or thread has at most one. */
export class ParentPort {
  private constructor(
    readonly kind: 'thread' | 'process',
    private readonly mark: Promise<MemberMark>,
    readonly send: (message: FromMember) => void,
    private readonly listen: (listener: (message: ToMember) => void) => void,
  ) {}

  /** Whether a pool has started this thread or process, and waits for it to serve. */
  static get isMember(): boolean {
    return (!isMainThread && isMark(workerData)) || isMarkedProcess()
  }

  /**
   * Makes this thread or process the member that its pool has started. A process also removes the mark from its environment,
   * and ignores the signals that are meant for the worker. Called once in a process or thread.
   *
   * @returns null where no pool started it
   */
  static adopt(): ParentPort | null {
    if (!isMainThread && isMark(workerData)) return ParentPort.#inThread(workerData)
    if (isMarkedProcess()) return ParentPort.#inProcess()
    return null
  }

  static #inThread(mark: MemberMark): ParentPort {
    const send = (message: FromMember): void => {
      parentPort?.postMessage(message)
    }
    return new ParentPort('thread', Promise.resolve(mark), send, (listener) => {
      parentPort?.on('message', listener)
      // What the message was about is unknown, and the pool would wait for ever.
      parentPort?.on('messageerror', (error) => {
        throw error
      })
    })
  }

  static #inProcess(): ParentPort {
    // The mark is removed, so that the processes that this one starts do not take themselves for members.
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the name is a constant
    delete process.env[MEMBER_ENV]
    const exit = process.exit.bind(process)
    process.once('disconnect', () => exit())
    // A terminal sends its signals to all processes of the group, but the worker alone decides when a member ends.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
    const mark = new Promise<MemberMark>((resolve) => process.once('message', resolve))
    const write = process.send?.bind(process)
    // A value of a job that the worker cannot read would be an error of the connection there, which nobody can catch.
    delete process.send
    const send = (message: FromMember): void => {
      if (process.connected) write?.(message)
    }
    return new ParentPort('process', mark, send, (listener) => {
      process.on('message', listener)
    })
  }

  /** The data of the pool's program for its members. */
  async data(): Promise<unknown> {
    return (await this.mark).data
  }

  /** Tells the pool that this member cannot run jobs, and ends. */
  unfit(message: FromMember): never {
    this.send(message)
    process.exit(1)
  }

  /** Receives the messages of the pool, and the errors that are thrown outside of a run's own call stack. */
  serve(host: MemberHost): void {
    const exit = process.exit.bind(process)
    this.listen((message) => {
      if (message.kind === 'end') exit()
      host.receive(message)
    })
    this.#watchEnds(host)
    if (this.kind === 'process') OrphanWatch.start()
    else this.#sendOutput(host)
    this.send({ kind: 'ready' })
  }

  #sendOutput(host: MemberHost): void {
    const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }
    takeWrites((stream, bytes) => {
      this.send({ kind: 'output', of: host.origin, stream, text: decoders[stream].write(bytes) })
    })
  }

  #watchEnds(host: MemberHost): void {
    const exit = process.exit.bind(process)
    const ending = (error: unknown): void => {
      this.send({ kind: 'ending', of: host.origin, error: toWireError(error) })
    }
    process.on('uncaughtException', (error) => {
      ending(error)
      exit(1)
    })
    process.on('unhandledRejection', (reason) => {
      const of = host.origin
      if (of === null || !host.isOver(of)) {
        ending(reason)
        exit(1)
      } else this.send({ kind: 'stray', of, error: toWireError(reason) })
    })
    process.exit = (code) => {
      ending(new Error(`the job called process.exit(${String(code ?? process.exitCode ?? 0)})`))
      return exit(code)
    }
  }
}

function isMarkedProcess(): boolean {
  return process.env[MEMBER_ENV] !== undefined && process.send !== undefined
}

function isMark(data: unknown): data is MemberMark {
  return typeof data === 'object' && data !== null && 'pulsarQueueMember' in data
}
