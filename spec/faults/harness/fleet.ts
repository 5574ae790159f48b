import { fileURLToPath } from 'node:url'
import type { Recorder } from '../history/recorder.js'
import type { Random } from '../random.js'
import type { ServerProcess } from '../../support/server-process.js'
import { startServer } from '../../support/server-process.js'

const WORKER = fileURLToPath(new URL('../load/worker.mjs', import.meta.url))

/** Default of `concurrentTasks`. */
const DEFAULT_SLOTS = 5

/** How a worker is started. */
export interface WorkerKind {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A worker of the fleet. */
export interface FleetWorker {
  readonly kind: WorkerKind
  readonly server: ServerProcess
}

function lastLine({ server }: FleetWorker): string {
  return server.output().trimEnd().split('\n').at(-1) ?? ''
}

/** The workers of a run. One that dies is replaced by another of its kind, until the fleet is dismissed. */
export class Fleet {
  readonly #workers = new Set<FleetWorker>()
  readonly #starting = new Set<Promise<unknown>>()
  /** Output of all that have ended. */
  readonly outputs: string[] = []
  /** What a worker did that was not asked to: ended by itself with another code than 0, or did not start. */
  readonly failures: string[] = []
  #isOpen = true

  constructor(
    private readonly recorder: Pick<Recorder, 'record'>,
    private readonly env: Readonly<Record<string, string>>,
    private readonly args: readonly string[],
    private readonly program: string = WORKER,
  ) {}

  get workers(): readonly FleetWorker[] {
    return [...this.#workers]
  }

  /** Resolves when a worker of the kind is ready. */
  async start(kind: WorkerKind): Promise<FleetWorker> {
    const starting = startServer(this.program, [...this.args, ...kind.args], { ...this.env, ...kind.env })
    this.#starting.add(starting)
    try {
      const server = await starting
      const worker = { kind, server }
      this.recorder.record({ e: 'ready', pid: server.pid, ...this.#capacityOf(kind) })
      this.#workers.add(worker)
      void server.exited.then((how) => {
        this.#ended(worker, how)
      })
      return worker
    } finally {
      this.#starting.delete(starting)
    }
  }

  #capacityOf(kind: WorkerKind): { readonly slots: number; readonly queue: string | null } {
    const args = [...this.args, ...kind.args]
    const valueOf = (name: string): string | undefined => args[args.lastIndexOf(name) + 1]
    const hasSlots = args.includes('--concurrent-tasks')
    return {
      slots: hasSlots ? Number(valueOf('--concurrent-tasks')) : DEFAULT_SLOTS,
      queue: args.includes('--task-queues') ? (valueOf('--task-queues') ?? null) : null,
    }
  }

  #ended(worker: FleetWorker, how: number | string): void {
    this.recorder.record({ e: 'died', pid: worker.server.pid, how: String(how) })
    this.#workers.delete(worker)
    this.outputs.push(worker.server.output())
    if (how !== 0 && how !== 'SIGKILL') this.failures.push(`a worker ended with ${String(how)}: ${lastLine(worker)}`)
    if (this.#isOpen) this.#replace(worker.kind)
  }

  /** A worker may be killed by its first task, or not reach the store. */
  #replace(kind: WorkerKind): void {
    this.start(kind).catch(() => {
      if (this.#isOpen) setTimeout(() => this.#replace(kind), 200)
    })
  }

  /** One of the workers, of those that take any task. @param of - their process ids */
  pick(random: Random, of: ReadonlySet<number>): FleetWorker | undefined {
    const all = this.workers.filter(({ kind, server }) => kind.args.length === 0 && of.has(server.pid))
    return all.length === 0 ? undefined : random.pick(all as [FleetWorker, ...FleetWorker[]])
  }

  /** Ends all workers as SIGTERM does, and starts none anew. */
  async dismiss(): Promise<void> {
    this.#isOpen = false
    await Promise.allSettled(this.#starting)
    await Promise.all(this.workers.map(async ({ server }) => await server.kill('SIGTERM')))
  }

  /** Kills all workers that take any task. */
  async killAll(): Promise<void> {
    const all = this.workers.filter(({ kind }) => kind.args.length === 0)
    await Promise.all(all.map(async ({ server }) => await server.kill('SIGKILL')))
  }

  /** Kills what is left. */
  async kill(): Promise<void> {
    this.#isOpen = false
    await Promise.allSettled(this.#starting)
    await Promise.all(this.workers.map(async ({ server }) => await server.kill('SIGKILL')))
  }
}
