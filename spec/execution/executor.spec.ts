import type { JobContext, JobOptions } from 'pulsar-queue'
import { JsonSerializer, NonRetryableError, TaskError, TaskNotAvailableError } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ExecutorParts } from '../../lib/execution/executor.js'
import { Executor } from '../../lib/execution/executor.js'
import { InlineRunner } from '../../lib/execution/inline-runner.js'
import type { RunHooks } from '../../lib/execution/run.js'
import type { RunEnd } from '../../lib/execution/run-end.js'
import { ReleaseError } from '../../lib/execution/run-result.js'
import type { RunnableJob } from '../../lib/jobs/loading/runnable-job.js'
import { SilentLogger } from '../../lib/logging/logger.js'
import type { RunReport, TaskCall } from '../../lib/model/task-record.js'
import { FAILURE, REVOKED, SUCCESS } from '../../lib/model/task-state.js'
import { decodeReport, encodeCall } from '../../lib/serializers/task-codec.js'
import type { ClaimedTask } from '../../lib/stores/broker.js'
import { toBytes } from '../../lib/model/encoded.js'
import { KeptLogger } from '../support/kept-logger.js'
import { ODD_THROWS } from '../support/odd-throws.js'
import { claimedTask, runnableJob } from './support.js'

const HOUR = 3_600_000
const serializer = new JsonSerializer()
const logger = new KeptLogger()
const jobs = new Map<string, RunnableJob>()

const parts: ExecutorParts = {
  serializer,
  logger,
  jobs: { find: (name) => jobs.get(name), notAvailable: (name) => new TaskNotAvailableError(name, null) },
  runner: new InlineRunner(({ job, signal }) => ({ run: (...args) => job.registered.run.call({ signal }, ...args) })),
  workerName: 'worker',
  nodeName: 'node',
  clock: { now: () => 5_000 },
}
const executor = new Executor(parts)

class BrokenLogger extends SilentLogger {
  override child(): never {
    throw new Error('no log')
  }
}

function define(run: (this: JobContext, ...args: never[]) => unknown, options: JobOptions = {}): void {
  jobs.set('job', runnableJob('job', run, options))
}

function runOf(call: Partial<TaskCall> = {}, claimed: Partial<ClaimedTask> = {}, hooks: RunHooks = {}) {
  const body = toBytes(encodeCall(serializer, { job: 'job', ...call }))
  return executor.runOf('queue', claimedTask({ body, job: call.job ?? 'job', ...claimed }), hooks)
}

const execute = async (call?: Partial<TaskCall>, claimed?: Partial<ClaimedTask>) =>
  await executor.execute(runOf(call, claimed))

const reportOf = (end: RunEnd): RunReport => (end.kind === 'release' ? {} : decodeReport(serializer, end.outcome))

beforeEach(() => {
  jobs.clear()
  logger.lines.length = 0
})

describe('a run that succeeds', () => {
  it('ends with the result and its begin, and not with what the header tells, and is kept for the resultTtl of its job', async () => {
    define((a: number, b: number) => a + b, { resultTtl: '2h' })
    const begun: number[] = []
    const run = runOf({ args: { a: 1, b: 2 } }, {}, { onBegin: ({ dated }) => begun.push(dated) })
    const end = await executor.execute(run)
    expect(end).toMatchObject({ kind: 'done', status: SUCCESS, ttl: 2 * HOUR })
    expect(reportOf(end)).toEqual({ result: 3, startedAfter: 5_000 - run.claimed.claimedAt })
    expect(begun).toEqual([5_000])
  })

  it('ends its lifetime, not its signal', async () => {
    define(() => 1)
    const run = runOf()
    expect(run.lifetime.aborted).toBe(false)
    await executor.execute(run)
    expect(run.lifetime.reason).toMatchObject({ code: 'PQ_RUN_OVER', id: run.claimed.id })
    expect(run.signal.aborted).toBe(false)
  })

  it('has a lifetime that is over where it is asked for too late', async () => {
    define(() => 1)
    const run = runOf()
    await executor.execute(run)
    expect(run.lifetime.reason).toMatchObject({ code: 'PQ_RUN_OVER' })
  })
})

describe('the signal of a run', () => {
  it('is aborted where it is asked for after the abort', () => {
    define(() => 1)
    const run = runOf()
    run.abort('revoked')
    expect(run.signal.reason).toBe(run.abortReason)
    expect(run.signal.aborted).toBe(true)
  })
})

describe('a run that fails', () => {
  it('is retried after the delay of the job, and fails for good when its retries are used up', async () => {
    define(
      () => {
        throw new Error('no luck')
      },
      { maxRetries: 1, retryDelay: 3 },
    )
    const first = await execute()
    expect(first).toMatchObject({ kind: 'retry', delay: 3_000 })
    expect(reportOf(first)).toMatchObject({
      error: 'no luck',
      stack: expect.stringContaining('no luck') as string,
      details: { name: 'Error', message: 'no luck' },
    })
    expect(await execute({}, { run: 2 })).toMatchObject({ kind: 'done', status: FAILURE, ttl: 168 * HOUR })
  })

  it('follows the overrides of its caller', async () => {
    define(
      () => {
        throw new Error('no luck')
      },
      { maxRetries: 5 },
    )
    expect(await execute({ meta: { maxRetries: 0 } })).toMatchObject({ kind: 'done', status: FAILURE })
    expect(await execute({ meta: { retryDelay: 2 } })).toMatchObject({ kind: 'retry', delay: 2_000 })
  })

  it('has no stack trace after a TaskError, and no retry after a NonRetryableError', async () => {
    define(
      (final: boolean) => {
        throw final ? new NonRetryableError('never') : new TaskError('not now')
      },
      { maxRetries: 5 },
    )
    const retried = await execute({ args: { final: false } })
    expect([retried.kind, reportOf(retried).stack]).toEqual(['retry', undefined])
    expect(await execute({ args: { final: true } })).toMatchObject({ kind: 'done', status: FAILURE })
  })

  it.each(Object.entries(ODD_THROWS))('fails with a message, whatever it throws: %s', async (_name, [make, words]) => {
    define(() => {
      throw make()
    })
    const end = await execute()
    expect(end).toMatchObject({ kind: 'done', status: FAILURE })
    expect(reportOf(end).error).toMatch(words)
    expect(await execute({ meta: { maxRetries: 1 } })).toMatchObject({ kind: 'retry' })
  })

  it('fails where its result cannot be waited for', async () => {
    const unthenable = Object.defineProperty({}, 'then', {
      get(): never {
        throw new Error('no then')
      },
    })
    define(() => unthenable)
    expect(reportOf(await execute()).error).toBe('no then')
    define(function* () {
      yield Promise.resolve()
      return unthenable
    })
    expect(reportOf(await execute()).error).toBe('no then')
  })

  it('fails when the logger of the application throws, and no other run does', async () => {
    define(() => {
      throw new Error('no luck')
    })
    const broken = new Executor({ ...parts, logger: new BrokenLogger() })
    const body = toBytes(encodeCall(serializer, { job: 'job' }))
    const end = await broken.execute(broken.runOf('queue', claimedTask({ body }), {}))
    expect(end).toMatchObject({ kind: 'done', status: FAILURE })
    expect(reportOf(end).error).toBe('no log')
  })

  it.each(['this.name', 'a field'])('is not retried where a subclass of NonRetryableError sets %s', async (how) => {
    class ByAssignment extends NonRetryableError {
      constructor(message: string) {
        super(message)
        this.name = 'Fatal'
      }
    }
    class ByField extends NonRetryableError {
      override name = 'Fatal'
    }
    const Fatal = how === 'a field' ? ByField : ByAssignment
    expect(new Fatal('never again')).toMatchObject({ name: 'Fatal', message: 'never again', code: 'PQ_NON_RETRYABLE' })
    define(
      () => {
        throw new Fatal('never again')
      },
      { maxRetries: 5 },
    )
    const end = await execute()
    expect(end).toMatchObject({ kind: 'done', status: FAILURE })
    expect(reportOf(end).error).toBe('never again')
  })

  it('is not retried where its backoff throws', async () => {
    define(
      () => {
        throw new Error('no luck')
      },
      {
        maxRetries: 5,
        backoff: () => {
          throw new Error('broken')
        },
      },
    )
    expect(await execute()).toMatchObject({ kind: 'done', status: FAILURE })
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('broken') as string }),
    )
  })

  it('fails on arguments that the job does not take, before it begins', async () => {
    define((_a: number) => 1, { maxRetries: 5 })
    const run = runOf({ args: { b: 1 } })
    const end = await executor.execute(run)
    expect(end).toMatchObject({ kind: 'done', status: FAILURE })
    expect(reportOf(end).error).toMatch(/expected argument/)
    expect(run.dated).toBe(0)
  })

  it('fails on a result that cannot be stored, with the path to it', async () => {
    define(() => ({ list: [() => 1] }))
    const end = await execute()
    expect(end).toMatchObject({ kind: 'done', status: FAILURE })
    expect(reportOf(end).error).toMatch(/^the result cannot be stored: result\.list\[0\] is/)
  })
})

describe('a run that is told to stop', () => {
  it('ends as REVOKED at its timeout, even when the job ignores its signal', async () => {
    define(() => new Promise(() => undefined), { timeout: '20ms' })
    const end = await execute()
    expect(end).toMatchObject({ kind: 'done', status: REVOKED })
    expect(reportOf(end).error).toBe('the run took longer than its timeout of 0.02 s')
  })

  it('ends as SUCCESS where it has blocked the event loop beyond its timeout and returned, and as REVOKED where it awaits after that', async () => {
    const block = (): void => {
      const end = performance.now() + 50
      while (performance.now() < end);
    }
    define(
      () => {
        block()
        return 'done'
      },
      { timeout: '20ms' },
    )
    expect(await execute()).toMatchObject({ kind: 'done', status: SUCCESS })
    define(
      async () => {
        block()
        await new Promise(() => undefined)
      },
      { timeout: '20ms' },
    )
    expect(await execute()).toMatchObject({ kind: 'done', status: REVOKED })
  })

  it('is retried after its timeout as after a failure, and ends as REVOKED when no retry is left', async () => {
    const errors: unknown[] = []
    const backoff = (retry: number, error: unknown): number | null => {
      errors.push(error)
      return retry < 3 ? 7 : null
    }
    define(() => new Promise(() => undefined), { timeout: '20ms', maxRetries: 3, backoff })
    const first = await execute()
    expect(first).toMatchObject({ kind: 'retry', delay: 7_000, status: REVOKED })
    expect(reportOf(first).error).toBe('the run took longer than its timeout of 0.02 s')
    expect(errors).toEqual([expect.objectContaining({ code: 'PQ_TASK_ABORTED', why: 'timeout' })])
    expect(await execute({}, { run: 3 })).toMatchObject({ kind: 'done', status: REVOKED })
    expect(await execute({}, { run: 4 })).toMatchObject({ kind: 'done', status: REVOKED })
    expect(await execute({ meta: { maxRetries: 0 } })).toMatchObject({ kind: 'done', status: REVOKED })
    expect(errors).toHaveLength(2)
  })

  it('is not retried when its task is revoked by a caller', async () => {
    define(() => new Promise(() => undefined), { maxRetries: 5 })
    const run = runOf()
    const end = executor.execute(run)
    await new Promise(setImmediate)
    run.abort('revoked')
    // The store has recorded the end already, so the settlement of this worker is stale.
    expect(await end).toMatchObject({ kind: 'release', delay: 0 })
  })

  it('is released when the worker stops, and the signal of its job is aborted', async () => {
    let heard: unknown
    define(async function (this: JobContext) {
      await new Promise((resolve) => {
        this.signal.addEventListener('abort', resolve)
      })
      heard = this.signal.reason
    })
    const run = runOf()
    const end = executor.execute(run)
    await new Promise(setImmediate)
    run.abort('shutdown')
    expect(await end).toMatchObject({ kind: 'release', delay: 0 })
    expect(heard).toMatchObject({ code: 'PQ_TASK_ABORTED', why: 'shutdown' })
  })

  it('never begins when it was told to stop before', async () => {
    let ran = false
    define(() => {
      ran = true
    })
    const run = runOf()
    run.abort('lease-lost')
    expect(await executor.execute(run)).toMatchObject({ kind: 'release', delay: 0 })
    expect(ran).toBe(false)
  })

  it('runs the finally blocks of a generator, at its next yield', async () => {
    const steps: string[] = []
    define(function* () {
      try {
        for (;;) {
          steps.push('step')
          if (steps.length === 2) run.abort('shutdown')
          yield Promise.resolve()
        }
      } finally {
        steps.push('finally')
      }
    })
    const run = runOf()
    expect(await executor.execute(run)).toMatchObject({ kind: 'release', delay: 0 })
    await new Promise(setImmediate)
    expect(steps).toEqual(['step', 'step', 'finally'])
  })
})

describe('a task that cannot be run here', () => {
  it('fails when its bytes cannot be read', async () => {
    const end = await execute({}, { body: Buffer.from('[1]') })
    expect(end).toMatchObject({ kind: 'done', status: FAILURE })
    expect(reportOf(end).error).toMatch(/to be an object/)
  })

  it('waits for a worker that knows its job, and fails ten minutes after one first took it, however long it had waited', async () => {
    const waiting = { kind: 'release', delay: 1_000, forOthers: true, unknownSince: HOUR }
    expect(await execute({ job: 'unknown' }, { claimedAt: HOUR })).toMatchObject(waiting)
    expect(await execute({ job: 'unknown' }, { claimedAt: HOUR + 599_999, unknownSince: HOUR })).toMatchObject(waiting)
    const end = await execute({ job: 'unknown' }, { claimedAt: HOUR + 600_000, unknownSince: HOUR })
    expect(end).toMatchObject({ kind: 'done', status: FAILURE })
    expect(reportOf(end).error).toMatch(/no job is named "unknown"/)
  })

  it('goes back to its queue when its runner releases it', async () => {
    define(() => {
      throw new ReleaseError('its thread died of another task', 7)
    })
    expect(await execute()).toMatchObject({ kind: 'release', delay: 7 })
  })
})

describe('a task that has expired', () => {
  it('is revoked before its first run, counted from when it was due', async () => {
    let runs = 0
    define(() => (runs += 1), { expires: 2 })
    expect(await execute({}, { claimedAt: 3_001 })).toMatchObject({ kind: 'done', status: REVOKED })
    expect(runs).toBe(0)
    expect(await execute({ delay: 500 }, { claimedAt: 3_001 })).toMatchObject({ status: SUCCESS })
    expect(await execute({ expires: 0 }, { claimedAt: HOUR })).toMatchObject({ status: SUCCESS })
  })

  it('is not revoked once it has run', async () => {
    define(() => 1, { expires: 2 })
    expect(await execute({}, { claimedAt: HOUR, run: 2 })).toMatchObject({ status: SUCCESS })
  })
})

describe('the limit of a task', () => {
  it('is that of its job, unless its caller gave another', () => {
    define(() => 1, { maxConcurrency: 3 })
    expect(executor.limitOf(runOf())).toEqual({ name: 'limit:job', max: 3, overflow: null, expiresIn: null })
    expect(executor.limitOf(runOf({ meta: { maxConcurrency: 1 } }))).toMatchObject({ max: 1 })
    expect(executor.limitOf(runOf({ meta: { maxConcurrency: 0 } }))).toBeNull()
  })

  it("revokes the tasks over the limit with overflow: 'revoke'", () => {
    define(() => 1, { maxConcurrency: 3, overflow: 'revoke' })
    const end = executor.limitOf(runOf())?.overflow?.()
    expect(end).toMatchObject({ kind: 'done', status: REVOKED })
  })

  it('says when the task expires, which is never once it has run', () => {
    define(() => 1, { maxConcurrency: 3, expires: 1 })
    expect(executor.limitOf(runOf({}, { claimedAt: 1_400 }))).toMatchObject({ expiresIn: 600 })
    expect(executor.limitOf(runOf({ delay: 5 }, { claimedAt: 2_100 }))).toMatchObject({ expiresIn: -95 })
    expect(executor.limitOf(runOf({ expires: 0 }, { claimedAt: HOUR }))).toMatchObject({ expiresIn: null })
    expect(executor.limitOf(runOf({}, { claimedAt: HOUR, run: 2 }))).toMatchObject({ expiresIn: null })
  })

  it('is none for a task that nobody can run here', () => {
    expect(executor.limitOf(runOf({ job: 'unknown' }))).toBeNull()
  })
})
