import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import type { MemberMark } from './member-program.js'
import { MEMBER_ENV } from './member-program.js'
import type { FromMember, OutputStream, ToMember, Written } from './protocol.js'
import { toWireError } from './wire-error.js'
import { OrphanWatch } from '../../util/orphan-watch.js'
import { queueMicrotask } from '../../util/timers.js'

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
    const send = (message: FromMember): void => {
      if (process.connected) process.send?.(message)
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
  serve(host: { receive(message: ToMember): void; readonly current: number | null }): void {
    const exit = process.exit.bind(process)
    this.listen((message) => {
      if (message.kind === 'end') exit()
      host.receive(message)
    })
    this.#watchEnds(() => host.current)
    if (this.kind === 'process') OrphanWatch.start()
    else this.#catchOutput(() => host.current)
    this.send({ kind: 'ready' })
  }

  /** Counts the bytes that are written to the pipes from now on. */
  countOutput(): () => Written {
    const written = { stdout: 0, stderr: 0 }
    for (const stream of ['stdout', 'stderr'] as const) {
      wrapWrite(stream, (text) => {
        written[stream] += typeof text === 'string' ? Buffer.byteLength(text) : text.length
        return false
      })
    }
    return () => ({ ...written })
  }

  #catchOutput(current: () => number | null): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      wrapWrite(stream, (text) => {
        this.send({
          kind: 'output',
          run: current(),
          stream,
          text: typeof text === 'string' ? text : Buffer.from(text).toString(),
        })
        return true
      })
    }
  }

  #watchEnds(current: () => number | null): void {
    const exit = process.exit.bind(process)
    const end = (error: unknown): never => {
      this.send({ kind: 'ending', run: current(), error: toWireError(error) })
      return exit(1)
    }
    process.on('uncaughtException', end)
    process.on('unhandledRejection', end)
    process.exit = (code) => {
      const shown = String(code ?? process.exitCode ?? 0)
      this.send({
        kind: 'ending',
        run: current(),
        error: toWireError(new Error(`the job called process.exit(${shown})`)),
      })
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

/** Gets each chunk that is written to a stream. Returns true to keep the chunk from the stream. */
type Take = (text: string | Uint8Array) => boolean

function wrapWrite(name: OutputStream, take: Take): void {
  const stream = process[name]
  const original = stream.write.bind(stream) as (...args: unknown[]) => boolean
  stream.write = (text: string | Uint8Array, ...rest: unknown[]): boolean => {
    if (!take(text)) return original(text, ...rest)
    const callback = rest.at(-1)
    if (typeof callback === 'function') queueMicrotask(callback as () => void)
    return true
  }
}
