import { Executor } from '../execution/executor.js'
import type { Runner } from '../execution/executor.js'
import { inlineRunner } from '../execution/inline-runner.js'
import { LocalExecution } from '../execution/local-execution.js'
import { hostCalls } from '../execution/pools/host-calls.js'
import { JobPools } from '../execution/pools/job-pools.js'
import { isPooled, requirePoolable } from '../execution/pools/pool-requirements.js'
import type { RunServices } from '../execution/run-context.js'
import { RunContext } from '../execution/run-context.js'
import { RunLocks } from '../execution/run-locks.js'
import type { CallArguments } from '../producer/producer.js'
import { Tasks } from '../producer/tasks.js'
import { findPeriodicJobs } from '../scheduler/find-periodic-jobs.js'
import { NextTicks } from '../scheduler/next-ticks.js'
import { workerNameOf } from '../settings/node-name.js'
import type { AppBindings } from './app-bindings.js'
import type { AppEnvironment } from './app-environment.js'
import type { AppLifecycle } from './app-lifecycle.js'
import type { ConnectedServices } from './services.js'

/** What a shell command of an aborted run gets before it is killed, ms. */
const SHELL_GRACE = 5_000

/** What runs an app's tasks. */
export interface Execution {
  readonly runner: Runner
  readonly pools: JobPools
  readonly tasks: Tasks
}

/** Puts together what runs an app's tasks. The pools start with their first use. */
export function openExecution(
  connected: ConnectedServices,
  bindings: AppBindings,
  environment: AppEnvironment,
  lifecycle: AppLifecycle,
): Execution {
  const { config, serializer, logger, jobs, nodeName, producer } = connected
  const workerName = workerNameOf(nodeName)
  const runLocks = new RunLocks(connected.locks, logger)
  const services: RunServices = {
    backend: { nodeName, config },
    workerName,
    defaultQueue: config.defaultTaskQueue,
    shellGrace: SHELL_GRACE,
    queue: async (job, args, options, fromTask) => await producer.queue(job, args as CallArguments, options, fromTask),
    lock: async (run, name, options) => await runLocks.lock(run, name, options),
    tryLock: async (run, name) => await runLocks.tryLock(run, name),
    runInThread: async (run, source, args) => await pools.runInThread(run, source, args),
  }
  const pools = new JobPools({
    config,
    serializer,
    logger,
    workerName,
    calls: (run) =>
      hostCalls(run, services, (of, key) => {
        pools.notify(of, key)
      }),
  })
  lifecycle.add('pools', pools)
  const inline = inlineRunner((run) =>
    jobs.build(run.call.job, new RunContext(run, jobs.require(run.call.job), services)),
  )
  const runner: Runner = (run, positional, begin) => {
    const job = jobs.require(run.call.job)
    if (environment.isInline || !isPooled(job.concurrency)) return inline(run, positional, begin)
    requirePoolable(job, jobs, bindings)
    return pools.runner(job.concurrency)(run, positional, begin)
  }
  const executor = new Executor({ serializer, logger, jobs, runner, nodeName, workerName })
  const local = new LocalExecution(executor, serializer, logger, environment.clock)
  const periodic = findPeriodicJobs(jobs.catalogue.all())
  const nextTicks = new NextTicks(producer, periodic, (name) => jobs.build(name, null), logger)
  return { runner, pools, tasks: new Tasks(producer, local, nextTicks) }
}
