import type { ClaimedTask } from '../stores/broker.js'
import { newTaskId } from '../model/task-id.js'
import { DEFAULT_PRIORITY } from '../model/defaults.js'
import type { TaskCall } from '../model/task-record.js'
import { FAILURE, REVOKED } from '../model/task-state.js'
import { Task } from '../model/task.js'
import type { Serializer } from '../serializers/serializer.js'
import { decodeReport, taskFields } from '../serializers/task-codec.js'
import type { Clock } from '../util/clock.js'
import type { Logger } from '../logging/logger.js'
import type { Executor } from './executor.js'
import { Run } from './run.js'

/** Runs tasks in this process without any queue. Made by the wiring of an app; `tasks.execute` calls it. */
export class LocalExecution {
  constructor(
    private readonly executor: Executor,
    private readonly serializer: Serializer,
    private readonly logger: Logger,
    private readonly clock: Clock,
  ) {}

  /** Runs a task once and resolves with it, however it ended. `task.queue` is null. */
  async execute(call: TaskCall): Promise<Task> {
    const now = this.clock.now()
    const claimed: ClaimedTask = {
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
    const run = new Run('', claimed, call, this.logger.child(call.job, { task: claimed.id }), null, null, this.clock)
    const ending = await this.executor.execute(run)
    const status = ending.kind === 'done' ? ending.status : ending.kind === 'retry' ? FAILURE : REVOKED
    const report = decodeReport(this.serializer, ending.kind === 'release' ? null : ending.outcome)
    const header = run.header({ status, endedAt: this.clock.now() })
    return new Task({ ...taskFields(header, call, report), queue: null })
  }
}
