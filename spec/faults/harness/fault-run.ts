import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RedisServer } from '../../support/redis-server.js'
import type { ServerProcess } from '../../support/server-process.js'
import { startServer } from '../../support/server-process.js'
import type { TcpProxy } from '../../support/tcp-proxy.js'
import { until } from '../../support/until.js'
import type { EndState } from '../checker/end-state.js'
import type { Event, RunEvent } from '../history/event.js'
import { HistoryFile } from '../history/history-file.js'
import { Recorder } from '../history/recorder.js'
import { now } from '../history/recorder.js'
import type { Mix } from '../load/plan.js'
import { MIX } from '../load/plan.js'
import { Random } from '../random.js'
import type { Scenario } from '../scenarios/scenario.js'
import { notShown } from '../scenarios/shown.js'
import { endOfStore } from './end-of-store.js'
import type { FleetWorker } from './fleet.js'
import { Fleet } from './fleet.js'
import type { TestStore } from './test-store.js'

const PROGRAM = fileURLToPath(new URL('../load/program.mjs', import.meta.url))
const PRODUCER = fileURLToPath(new URL('../load/producer.ts', import.meta.url))
const QUEUES = ['pulsarqueue', 'line']
/** Longest time in which producers see the ends of all their tasks, and in which the queues drain, ms. */
const PATIENCE = 90_000

const running = new Set<FaultRun>()

/** Ends all that runs of this process have started, where it is ended itself. */
export async function disposeAll(): Promise<void> {
  await Promise.all([...running].map(async (run) => await run.dispose()))
}

/** One run of a scenario: its store, its load, and the history of both. */
export class FaultRun {
  readonly history: HistoryFile
  readonly recorder: Recorder
  readonly random: Random
  readonly fleet: Fleet
  readonly producers: ServerProcess[] = []
  readonly mix: Mix
  readonly #directory = mkdtempSync(join(tmpdir(), 'pq-faults-'))
  readonly #env: Readonly<Record<string, string>>
  readonly #namesOf = new Map<ServerProcess, string>()
  #names = 0

  constructor(
    readonly scenario: Scenario,
    readonly store: TestStore,
    readonly seed: number,
    /** How often a scenario injects its fault. */
    readonly rounds: number,
  ) {
    running.add(this)
    const path = join(this.#directory, 'history')
    this.random = new Random(seed)
    this.history = new HistoryFile(path)
    this.recorder = new Recorder(path)
    this.mix = { ...MIX, ...scenario.mix }
    this.#env = { FAULTS_HISTORY: path, FAULTS_URL: store.url, FAULTS_MIX: JSON.stringify(this.mix), ...scenario.env }
    const settings = ['--data-store', store.url, '--workers', '0', '--log-level', 'warn', '--lease-ttl', '2s']
    this.fleet = new Fleet(this.recorder, this.#env, [...settings, ...(scenario.settings ?? [])])
  }

  get server(): RedisServer {
    if (!this.store.server) throw new Error('this store has no server')
    return this.store.server
  }

  get link(): TcpProxy {
    if (!this.store.link) throw new Error('this store has no link')
    return this.store.link
  }

  /** Starts the workers and the producers, and waits until tasks run. */
  async begin(): Promise<void> {
    const { workers = 2, producers = 2, schedules = false } = this.scenario
    const kinds = [
      ...Array.from({ length: workers }, () => ({ args: [] })),
      ...(this.mix.line ? [{ args: ['--task-queues', 'line', '--concurrent-tasks', '1'] }] : []),
      ...Array.from({ length: schedules ? 2 : 0 }, () => ({ args: ['--task-queues', 'ticks', '--schedule-periodic'] })),
    ]
    await Promise.all([
      ...kinds.map(async (kind) => await this.fleet.start(kind)),
      ...Array.from({ length: producers }, async () => await this.produce()),
    ])
    await this.history.more('started', 20)
  }

  /** Starts one more producer. */
  async produce(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
    const name = `p${String(++this.#names)}`
    const own = { FAULTS_PRODUCER: name, FAULTS_SEED: String(this.seed + this.#names) }
    const producer = await startServer(PROGRAM, [PRODUCER], { ...this.#env, ...own, ...env })
    this.producers.push(producer)
    this.#namesOf.set(producer, name)
    void producer.exited.then((how) => {
      // One that has seen the ends of its tasks is no fault.
      if (how !== 0) this.recorder.record({ e: 'died', pid: producer.pid, how: String(how) })
    })
    return producer
  }

  /** Waits for something that no event tells. */
  async until(what: string, look: () => boolean, patience = PATIENCE): Promise<void> {
    await until(
      what,
      () => {
        this.history.read()
        return look() ? true : undefined
      },
      patience,
    )
  }

  /** Waits until all has happened that the scenario shows. */
  async untilShown(): Promise<void> {
    await this.until('all that the scenario shows', () => this.isShown(), 2 * PATIENCE)
  }

  /** Whether all that the scenario shows was injected and seen. */
  isShown(): boolean {
    return notShown(this.scenario, this.history.read()).length === 0
  }

  /** Ids of the tasks that run. @param pid - in this worker alone */
  running(pid?: number): readonly string[] {
    const runs = new Map<string, RunEvent>()
    for (const event of this.history.read()) {
      if (event.e === 'started') runs.set(`${event.id} ${String(event.fence)}`, event)
      else if (event.e === 'returned' || event.e === 'failed' || event.e === 'aborted')
        runs.delete(`${event.id} ${String(event.fence)}`)
      else if (event.e === 'died') for (const [key, run] of runs) if (run.pid === event.pid) runs.delete(key)
    }
    return [...runs.values()].filter((run) => pid === undefined || run.pid === pid).map(({ id }) => id)
  }

  /** Waits until each of the tasks has come to its end. */
  async returned(ids: readonly string[]): Promise<void> {
    const left = new Set(ids)
    let at = 0
    await this.until('the tasks to return', () => {
      const { events } = this.history
      for (; at < events.length; at++) {
        const event = events[at]
        if (event?.e === 'returned') left.delete(event.id)
      }
      return left.size === 0
    })
  }

  /** Waits until one of the tasks was started in another worker. */
  async restarted(ids: readonly string[], otherThan: number): Promise<void> {
    const from = this.history.events.length
    const isMeant = (event: Event): boolean =>
      event.e === 'started' && event.pid !== otherThan && ids.includes(event.id)
    await this.until('a task to run elsewhere', () => this.history.events.slice(from).some(isMeant))
  }

  /** Waits for one more run that blocks its event loop. */
  async blocked(): Promise<void> {
    const ends = (): number =>
      this.history.read().filter((event) => event.e === 'returned' && event.job === 'fault.spins').length
    const enough = ends() + 1
    await this.until('a job that blocks', () => ends() >= enough)
  }

  /** Lets go the runs that hold from now on. */
  letGo(): void {
    writeFileSync(`${this.history.path}.let-go`, '')
  }

  /**
   * A worker that has run something, once there is one. Where a process takes seconds to start, a queue would have no worker at all if each
   * was taken as soon as it is there.
   */
  async anyWorker(): Promise<FleetWorker> {
    const hasRun = (): ReadonlySet<number> =>
      new Set(this.history.read().flatMap((event) => (event.e === 'started' ? [event.pid] : [])))
    return await until('a worker', () => this.fleet.pick(this.random, hasRun()), PATIENCE)
  }

  /** Kills a server of the store. */
  async killServer(server: { kill(): Promise<unknown> }): Promise<void> {
    this.recorder.record({ e: 'server-killed' })
    await server.kill()
  }

  async anyScheduler(): Promise<FleetWorker> {
    const isScheduler = ({ kind }: FleetWorker): boolean => kind.args.includes('--schedule-periodic')
    return await until('a scheduler', () => this.fleet.workers.find(isScheduler), PATIENCE)
  }

  async killWorker(): Promise<void> {
    const { server } = await this.anyWorker()
    await this.fault('kill', async () => await server.kill('SIGKILL'))
  }

  /** Injects a fault that passes by itself, or lasts. */
  async fault<T>(name: string, inject: () => T | Promise<T>): Promise<T> {
    this.recorder.record({ e: 'fault', name })
    return await inject()
  }

  /** Another master of a queue takes writes. @param queue - null: of all queues */
  hasNewMaster(queue: string | null): void {
    this.recorder.record({ e: 'new-master', queue })
  }

  /** Ends a fault. */
  async lift(name: string, end: () => unknown): Promise<void> {
    await end()
    this.recorder.record({ e: 'lifted', name })
  }

  /** Stops the load, and lets all come to its end. @returns the end in the store, and what went wrong on the way */
  async finish(): Promise<{ readonly end: EndState; readonly failures: readonly string[] }> {
    this.recorder.record({ e: 'stopped' })
    const failures: string[] = []
    await Promise.all(this.producers.map(async (producer) => failures.push(...(await this.#finished(producer)))))
    const drainedAt = await this.#drained()
    await this.fleet.dismiss()
    const end = await this.#end(drainedAt)
    return { end, failures: [...failures, ...(this.scenario.mayCrash === true ? [] : this.fleet.failures)] }
  }

  async #end(drainedAt: number | null): Promise<EndState> {
    return await endOfStore(this.store, idsByQueue(this.history.read()), drainedAt)
  }

  /** A producer whose futures do not settle in time counts as finished: the checker names them. */
  async #finished(producer: ServerProcess): Promise<string[]> {
    if (producer.process.exitCode === null && producer.process.signalCode === null) producer.process.kill('SIGUSR2')
    const how = await within(producer.exited, PATIENCE)
    if (how === 0 || how === 'SIGKILL') return []
    this.recorder.record({ e: 'finished', producer: this.#namesOf.get(producer) ?? '' })
    await producer.kill('SIGKILL')
    return [
      how === null
        ? `a producer waits for its futures:\n${producer.output()}`
        : `a producer ended with ${String(how)}:\n${producer.output()}`,
    ]
  }

  async #drained(): Promise<number | null> {
    const broker = await this.store.open()
    const bound = now() + PATIENCE
    try {
      for (;;) {
        const sizes = await Promise.all(QUEUES.map(async (queue) => await broker.size(queue))).catch(
          (error: unknown) => {
            // A busy machine may have no master for longer than a call waits.
            if (now() > bound) throw error
            return null
          },
        )
        if (sizes?.every(({ ready, delayed, held }) => ready + delayed + held === 0) === true) return now()
        if (now() > bound) return null
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    } finally {
      await broker.close()
    }
  }

  /** Ends all that is left. */
  async dispose(): Promise<void> {
    if (!running.delete(this)) return
    await this.fleet.kill()
    for (const producer of this.producers) await producer.kill('SIGKILL')
    this.history.close()
    this.recorder.close()
    await this.store.dispose()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

function idsByQueue(events: readonly Event[]): ReadonlyMap<string, readonly string[]> {
  const ids = new Map<string, string[]>(QUEUES.map((queue) => [queue, []]))
  for (const event of events) if (event.e === 'sent') ids.get(event.queue)?.push(event.id)
  return ids
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
