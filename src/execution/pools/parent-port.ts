import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import type { MemberMark } from './member-program.js'
import { MEMBER_ENV } from './member-program.js'
import type { FromMember, OutputStream, ToMember, Written } from './protocol.js'
import { toWireError } from './wire-error.js'
import { watchForOrphan } from './orphan-watch.js'

/** The pool, as one of its members sees it: what carries messages there and back. Found once in a process or thread. */
export class ParentPort {
  private constructor(
    readonly kind: 'thread' | 'process',
    private readonly mark: Promise<MemberMark>,
    readonly send: (message: FromMember) => void,
    private readonly listen: (listener: (message: ToMember) => void) => void,
  ) {}

  /** Whether this thread or process is a member of a pool that waits to be served. */
  static get isMember(): boolean {
    return (!isMainThread && isMark(workerData)) || isMarkedProcess()
  }

  /**
   * Makes this thread or process the member that its pool has started: in a process, the mark is taken out of the
   * environment, and signals are left to the worker. Once a process or thread.
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
    // The processes that this one starts are no members.
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the name is a constant
    delete process.env[MEMBER_ENV]
    const exit = process.exit.bind(process)
    process.once('disconnect', () => exit())
    // The worker decides when it ends; a terminal sends its signals to the whole group.
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

  /** Tells the pool that it cannot run anything, and ends. */
  unfit(message: FromMember): never {
    this.send(message)
    process.exit(1)
  }

  /** Passes on what the pool says, and what goes wrong outside of a run's own call stack. */
  serve(host: { receive(message: ToMember): void; readonly current: number | null }): void {
    const exit = process.exit.bind(process)
    this.listen((message) => {
      if (message.kind === 'end') exit()
      host.receive(message)
    })
    this.#watchEnds(() => host.current)
    if (this.kind === 'process') watchForOrphan()
    else this.#catchOutput(() => host.current)
    this.send({ kind: 'ready' })
  }

  /** Counts the bytes that go to the pipes from now on. */
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

/** Sees what is written to a stream. True: it has taken it, and the stream gets nothing. */
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
