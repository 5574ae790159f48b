import type { JobSource } from '../jobs/loading/loaded-jobs.js'
import type { Logger } from '../logging/logger.js'
import { DEFAULT_PRIORITY } from '../model/defaults.js'
import { newTaskId } from '../model/task-id.js'
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
  readonly jobs: JobSource
  readonly logger: Logger
  readonly clock: Clock
}

/** Runs tasks in this process, without a queue. Made by the wiring of an app; `tasks.execute` calls it. */
export class LocalExecution {
  constructor(private readonly parts: LocalExecutionParts) {}

  /** Runs a task once and resolves with it, however it ended. `task.queue` and `task.worker` are null: no worker has it. */
  async execute(call: TaskCall): Promise<Task> {
    const { executor, serializer, jobs, logger, clock } = this.parts
    const claimed = claimedNow(clock.now())
    const run = new Run({
      queue: '',
      claimed,
      call,
      job: jobs.find(call.job) ?? null,
      logger: logger.child(call.job, { task: claimed.id }),
      clock,
    })
    const end = await executor.execute(run)
    const report = decodeReport(serializer, end.kind === 'release' ? null : end.outcome)
    const header = run.header({ status: statusOf(end), endedAt: clock.now() })
    return new Task({ ...taskFields(header, call, report), queue: null, worker: null })
  }
}

/** The claimed task that the executor expects, as if a worker had claimed it just now. */
function claimedNow(now: number): ClaimedTask {
  return {
    id: newTaskId('here'),
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
