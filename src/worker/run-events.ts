import { isPulsarError } from '../errors.js'
import type { RunEnd } from '../execution/run-end.js'
import type { Run } from '../execution/run.js'
import type { TaskEvents } from '../execution/task-events.js'
import type { RunReport, TaskRecord } from '../model/task-record.js'
import type { TaskState } from '../model/task-state.js'
import { RETRY, STARTED } from '../model/task-state.js'
import { Task } from '../model/task.js'
import { decodeReport, encodeProgress, taskFields } from '../serializers/task-codec.js'
import type { Serializer } from '../serializers/serializer.js'
import type { Broker } from '../stores/broker.js'
import { LARGE_PAYLOAD } from '../stores/policy.js'
import type { Clock } from '../util/clock.js'
import { setImmediate } from '../util/timers.js'

/** The parts of {@link RunEvents}. */
export interface RunEventsParts {
  readonly broker: Broker
  readonly serializer: Serializer
  readonly events: TaskEvents
  readonly clock: Clock
  /** Of the worker. */
  readonly name: string
  /** Called with each task that has started or ended here; null: nobody asks. Must not throw. */
  readonly onTask: ((task: Task) => void) | null
}

/**
 * Announces the events of one worker's runs: start, progress, end. Created by the `Worker`. The store itself announces
 * `queued` and `done`. `started` and `progress` come from here, while someone listens.
 */
export class RunEvents {
  readonly #listened = new Set<string>()
  readonly #started: Run[] = []
  #announcing: Promise<void> | null = null
  /** Large progress that is under way. It takes longer than small progress, which would be overwritten by it. */
  readonly #large = new Map<Run, Promise<unknown>>()
  /** Progress that is not announced yet, where someone listens. The job need not wait for it. */
  readonly #progress = new Map<Run, Promise<void>>()

  constructor(private readonly parts: RunEventsParts) {}

  /** Whether someone listens to task events of the queue, as the store last said. */
  listened(queue: string, isListened: boolean): void {
    if (isListened) this.#listened.add(queue)
    else this.#listened.delete(queue)
  }

  started(run: Run): void {
    this.parts.onTask?.(this.#task(run, STARTED, {}))
    if (!this.#isAnnounced(run.queue)) return
    // One announcement for all runs that start in this turn.
    if (this.#started.push(run) === 1) setImmediate(() => void this.announceStarted())
  }

  /**
   * Announces the runs that have started since the last announcement.
   *
   * @returns resolves when all announcements are made, and never rejects; null: none is under way
   */
  announceStarted(): Promise<void> | null {
    if (this.#started.length > 0) {
      const announcing = Promise.all([this.#announcing, this.#announce(this.#started.splice(0))]).then(() => {
        if (this.#announcing === announcing) this.#announcing = null
      })
      this.#announcing = announcing
    }
    return this.#announcing
  }

  /**
   * Announces what has happened before the ends of runs.
   *
   * @returns as of {@link announceStarted}
   */
  announceBefore(ends: readonly { readonly run: Run | null }[]): Promise<void> | null {
    const started = this.announceStarted()
    if (this.#progress.size === 0) return started
    const progress = ends.flatMap(({ run }) => (run && this.#progress.get(run)) ?? [])
    return progress.length === 0 ? started : Promise.all([started, ...progress]).then(() => undefined)
  }

  /** Stores the progress of a run. Resolves when the store has answered, even if the run no longer counts. */
  async progressed(run: Run, worker: string, value: unknown): Promise<void> {
    const stored = this.#store(run, worker, value)
    if (!this.#isAnnounced(run.queue)) {
      await stored
      return
    }
    const announced = stored.then(
      async (record) => {
        if (record) await this.parts.events.announce(run.queue, 'progress', [record])
      },
      () => undefined,
    )
    const all = Promise.all([this.#progress.get(run), announced]).then(() => {
      if (this.#progress.get(run) === all) this.#progress.delete(run)
    })
    this.#progress.set(run, all)
    await stored
  }

  /** @returns the task with its progress, null where the run no longer counts */
  async #store(run: Run, worker: string, value: unknown): Promise<TaskRecord | null> {
    const { broker, serializer } = this.parts
    const progress = encodeProgress(serializer, value)
    const { id, fence } = run.claimed
    while (this.#large.has(run)) await this.#large.get(run)
    const sent = broker.progress(run.queue, worker, [{ id, fence, progress }])
    if (progress.length >= LARGE_PAYLOAD) {
      const over = (): boolean => this.#large.delete(run)
      this.#large.set(run, sent.then(over, over))
    }
    const [stored] = await sent.catch((error: unknown) => {
      // It is as good as lost with the history that it was meant for.
      if (isPulsarError(error, 'PQ_HISTORY_CHANGED')) return [false]
      throw error
    })
    return stored === true ? { ...this.#record(run), progress } : null
  }

  /** Called when the end of a run was recorded. */
  ended(run: Run, end: RunEnd): void {
    const { onTask, events, serializer } = this.parts
    if (end.kind === 'release' || (onTask === null && !events.publishes)) return
    const report = decodeReport(serializer, end.outcome)
    const task = this.#task(run, end.kind === 'retry' ? RETRY : end.status, report)
    onTask?.(task)
    if (end.kind === 'done') events.publish('done', [task])
  }

  #isAnnounced(queue: string): boolean {
    return (this.#listened.size > 0 && this.#listened.has(queue)) || this.parts.events.publishes
  }

  async #announce(runs: readonly Run[]): Promise<void> {
    for (const queue of new Set(runs.map((run) => run.queue))) {
      const records = runs.filter((run) => run.queue === queue).map((run) => this.#record(run))
      await this.parts.events.announce(queue, 'started', records)
    }
  }

  #record(run: Run): TaskRecord {
    const header = run.header({ worker: this.parts.name })
    return { header, body: run.claimed.body, outcome: null, progress: null }
  }

  #task(run: Run, status: TaskState, report: RunReport): Task {
    const { name: worker, clock } = this.parts
    const endedAt = status === STARTED || status === RETRY ? 0 : clock.now()
    return new Task(taskFields(run.header({ status, endedAt, worker }), run.call, report))
  }
}
