import type { JobSource } from '../jobs/loading/loaded-jobs.js'
import type { Logger } from '../logging/logger.js'
import { DEFAULT_PRIORITY } from '../model/defaults.js'
import type { TaskCall } from '../model/task-record.js'
import { REVOKED } from '../model/task-state.js'
import type { TaskState } from '../model/task-state.js'
import { Task } from '../model/task.js'
import type { Serializer } from '../serializers/serializer.js'
import { decodeReport, taskFields } from '../serializers/task-codec.js'
import type { ClaimedTask } from '../stores/broker.js'
import type { Clock } from '../util/clock.js'
import type { Executor } from './executor.js'
import type { RunEnd } from './run-end.js'
import { Run } from './run.js'

/** The parts of a {@link LocalExecution}. */
export interface LocalExecutionParts {
  readonly executor: Executor
  readonly serializer: Serializer
  readonly nodeName: string
  readonly jobs: JobSource
  readonly logger: Logger
  readonly clock: Clock
}

/** A task that runs in this process, without a queue. */
export interface LocalRun {
  /** The finished task, however it ended. `task.queue` and `task.worker` are null: no worker has it. */
  readonly task: Promise<Task>
  /** Stops the run, and ends the task as REVOKED. @returns false where it was over already */
  revoke(): boolean
}

/** Runs tasks in this process, without a queue. Created by the wiring of an app; its producer calls it. */
export class LocalExecution {
  constructor(private readonly parts: LocalExecutionParts) {}

  /** Runs a task once. @param id - of the task @param lifetime - ends the run, as a revocation does, when it is aborted */
  start(call: TaskCall, id: string, lifetime?: AbortSignal): LocalRun {
    const { jobs, logger, clock } = this.parts
    const claimed = claimedNow(id, call.job, clock.now())
    const run = new Run({
      queue: '',
      claimed,
      call,
      job: jobs.find(call.job) ?? null,
      logger: logger.child(call.job, { task: claimed.id }),
      clock,
    })
    let isOver = false
    const stop = (): void => {
      run.abort('revoked')
    }
    lifetime?.addEventListener('abort', stop)
    if (lifetime?.aborted === true) stop()
    const task = this.#execute(run, call).finally(() => {
      isOver = true
      lifetime?.removeEventListener('abort', stop)
    })
    return {
      task,
      revoke() {
        if (isOver || run.abortReason !== null) return false
        run.abort('revoked')
        return true
      },
    }
  }

  async #execute(run: Run, call: TaskCall): Promise<Task> {
    const { executor, serializer, nodeName: node, clock } = this.parts
    const end = await executor.execute(run)
    const report = decodeReport(serializer, end.kind === 'release' ? null : end.outcome)
    const header = run.header({ status: statusOf(end), endedAt: clock.now() })
    return new Task({ ...taskFields(header, call, report), queue: null, worker: null, node })
  }
}

/** The claimed task that the executor expects, as if a worker had claimed it just now. */
function claimedNow(id: string, job: string, now: number): ClaimedTask {
  return {
    id,
    job,
    tags: [],
    fence: 0,
    run: 1,
    crashes: 0,
    priority: DEFAULT_PRIORITY,
    queuedAt: now,
    dueAt: now,
    claimedAt: now,
    body: new Uint8Array(),
  }
}

/** The final state of the task. There is no queue for a retry: a failure is final, and a released task is REVOKED. */
function statusOf(end: RunEnd): TaskState {
  return end.kind === 'release' ? REVOKED : end.status
}
