import { Executor } from '../execution/executor.js'
import { ConcurrencyRunner } from '../execution/concurrency-runner.js'
import { InlineRunner } from '../execution/inline-runner.js'
import { LocalExecution } from '../execution/local-execution.js'
import { hostCalls } from '../execution/pools/host-calls.js'
import { applicationProgram, jobFilesProgram } from '../execution/pools/member-program.js'
import type { PoolRunnerParts } from '../execution/pools/pool-runner.js'
import { PoolRunner } from '../execution/pools/pool-runner.js'
import type { RunServices } from '../execution/run-services.js'
import { RunContext } from '../execution/run-context.js'
import { RunLocks } from '../execution/run-locks.js'
import type { Runner } from '../execution/runner.js'
import { shell } from '../jobs/shell.js'
import { SupervisorLink } from '../processes/supervisor-link.js'
import type { CallArguments } from '../producer/checked-call.js'
import { Tasks } from '../producer/tasks.js'
import { findPeriodicJobs } from '../scheduler/find-periodic-jobs.js'
import { NextTicks } from '../scheduler/next-ticks.js'
import { workerNameOf } from '../settings/node-name.js'
import type { AppBindings } from './app-bindings.js'
import type { AppEnvironment } from './app-environment.js'
import type { AppLifecycle } from './app-lifecycle.js'
import type { ConnectedServices } from './connected-services.js'
import type { Info } from '../model/info.js'
import { Redaction } from '../model/redaction.js'

/** Time that a shell command has after the end of its run before it is killed, ms. */
const SHELL_GRACE = 5_000

/** The parts that run an app's tasks. */
export interface Execution {
  readonly runner: Runner
  readonly tasks: Tasks
}

/** Makes the parts that run an app's tasks. The pools start with their first use. */
export function openExecution(
  connected: ConnectedServices,
  bindings: AppBindings,
  environment: AppEnvironment,
  lifecycle: AppLifecycle,
  info: () => Info,
): Execution {
  const { config, serializer, logger, jobs, nodeName, producer } = connected
  const workerName = workerNameOf(nodeName)
  const runLocks = new RunLocks(connected.locks, logger)
  const services: RunServices = {
    backend: {
      nodeName,
      config,
      logger,
      jobs: jobs.catalogue,
      info: async () => await Promise.resolve(info()),
      get looks() {
        return tasks
      },
    },
    workerName,
    defaultQueue: config.defaultTaskQueue,
    queue: (run, job, args, options, id) =>
      producer.queue(job, args as CallArguments, options, { parent: run.claimed.id, id, lifetime: run.lifetime }),
    shell: async (run, command, options, variables = process.env) =>
      await shell(command, options, { signal: run.lifetime, grace: SHELL_GRACE, variables }),
    lock: async (run, name, options) => await runLocks.lock(run, name, options),
    tryLock: async (run, name) => await runLocks.tryLock(run, name),
    runInThread: async (run, source, args) => await threads.runFunction(run, source, args),
  }
  const inline = new InlineRunner((run) => jobs.build(run.job.registered, new RunContext(run, services)))
  const pool: PoolRunnerParts = {
    // A worker process is a second run of the application's program, and so are its threads and child processes.
    program: (SupervisorLink.isWorkerProcess ? applicationProgram() : null) ?? jobFilesProgram(config),
    concurrentTasks: config.concurrentTasks,
    serializer,
    logger,
    workerName,
    listsFiles: jobs.listsFiles,
    bound: bindings.boundByUser,
    hostCalls: (run, onLockLost) => hostCalls(run, services, onLockLost),
    telemetry: connected.telemetry,
  }
  const threads = new PoolRunner('thread', pool)
  lifecycle.add('threads', threads)
  const runner = environment.isInline
    ? inline
    : new ConcurrencyRunner({
        asyncio: inline,
        green: inline,
        thread: threads,
        process: new PoolRunner('process', pool),
      })
  lifecycle.add('runner', runner)
  const { clock } = environment
  const { appVersion, keepLogs } = config
  const redaction = new Redaction(config.redact)
  const own = { serializer, logger, jobs, runner, nodeName, workerName, clock }
  const executor = new Executor({ ...own, appVersion, keepLogs, redaction })
  producer.runHere(new LocalExecution({ executor, serializer, nodeName, jobs, logger, clock }))
  const periodic = findPeriodicJobs(jobs.catalogue.all())
  const nextTicks = new NextTicks(producer, periodic, (job) => jobs.build(job.registered, null), logger)
  const tasks = new Tasks(producer, nextTicks)
  return { runner, tasks }
}
