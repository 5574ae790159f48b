import { createHash } from 'node:crypto'
import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import { checkQueueName } from '../model/name.js'
import { Redaction } from '../model/redaction.js'
import type { Task } from '../model/task.js'
import type { PermitKeeper } from '../locks/permit-keeper.js'
import { storeMessageHook } from '../manager/store-message-hook.js'
import { findPeriodicJobs } from '../scheduler/find-periodic-jobs.js'
import { unlistedPeriodicJobs } from '../scheduler/unlisted-jobs.js'
import { Scheduler } from '../scheduler/scheduler.js'
import { workerNameOf } from '../settings/node-name.js'
import { applicationVersion } from '../util/application-version.js'
import { opensAnywhere } from '../stores/open-store.js'
import { startHeartbeatThread } from '../worker/heartbeat-thread.js'
import { LogFollowers } from '../worker/log-followers.js'
import type { HeartbeatThread } from '../worker/heartbeat.js'
import { WorkerOrders } from '../worker/worker-orders.js'
import { STALL_CELLS } from '../worker/stall-watch.js'
import { Worker } from '../worker/worker.js'
import type { AppEnvironment } from './app-environment.js'
import type { AppLifecycle } from './app-lifecycle.js'
import type { AppServices } from './services.js'

/** The app that a worker belongs to. */
export interface WorkerSource {
  readonly services: AppServices
  readonly environment: AppEnvironment
}

/** Options of one worker. */
export interface WorkerOptions {
  /** Called when the heartbeat thread ends by itself. */
  readonly onDeath: (error: Error) => void
  /** Called when an operator has told the worker to stop. Absent: it refuses. */
  readonly onStop?: (() => void) | undefined
  /** Queues to consume. Default: those of the manager. */
  readonly queues?: readonly string[] | undefined
  /** Called with each task that starts or ends in this worker. */
  readonly onTask?: ((task: Task) => void) | undefined
}

/** Makes a worker of this process: starts the pools, the heartbeat thread and the consumers. It does not consume yet. */
export async function openWorker(
  { services, environment }: WorkerSource,
  { onDeath, onStop, queues, onTask }: WorkerOptions,
  lifecycle: AppLifecycle,
): Promise<Worker> {
  const { config, manager, jobs, logger, runner, consumers } = services
  for (const job of jobs.catalogue.all()) runner.prepare(job)
  await runner.start()
  const stallMemory = new SharedArrayBuffer(Object.keys(STALL_CELLS).length * Float64Array.BYTES_PER_ELEMENT)
  const heartbeatThread = await openHeartbeatThread(services, stallMemory, onDeath, lifecycle)
  const name = workerNameOf(services.nodeName)
  const orders = new WorkerOrders(() => worker, knownJobs(services), services.pubsub, logger)
  orders.onStop = onStop ?? null
  const worker: Worker = new Worker({
    ...services,
    name,
    queues: (queues ?? manager.queues()).map((queue) => checkQueueName('queues', queue)),
    clock: environment.clock,
    appVersion: config.appVersion,
    keepLogs: config.keepLogs,
    redaction: new Redaction(config.redact),
    concurrentTasks: config.concurrentTasks,
    leaseTtl: config.leaseTtl,
    gracePeriod: config.gracePeriod,
    poolTimeout: config.taskPoolTimeout,
    heartbeatThread,
    stallMemory,
    onTask: callBoth(storeMessageHook(manager, logger), onTask ?? null),
    onOrder: orders.take,
    followers: new LogFollowers(services.pubsub, logger),
    onBeat: () => {
      consumers.tick()
    },
  })
  lifecycle.add('worker', {
    async stop() {
      await worker.stop()
    },
  })
  await consumers.start({
    name,
    get running() {
      return worker.running
    },
    get processed() {
      return worker.processed
    },
  })
  return worker
}

/** What the worker says of its jobs. */
function knownJobs({ jobs, config }: AppServices): ConstructorParameters<typeof WorkerOrders>[1] {
  const names = [...jobs.catalogue.names()].sort()
  const facts = names.map((name) => [name, jobs.find(name)?.parameters])
  return {
    find: (name) => jobs.find(name),
    names,
    manifest: createHash('sha1').update(JSON.stringify(facts)).digest('hex').slice(0, 8),
    version: config.appVersion ?? applicationVersion(),
  }
}

/** Makes the scheduler of this process. Null where the settings say that none runs here. */
export function createScheduler({ services, environment }: WorkerSource): Scheduler | null {
  const { config, producer, logger, jobs } = services
  if (!config.schedulePeriodic) return null
  const build = (job: RunnableJob): object => jobs.build(job.registered, null)
  for (const { name, file } of unlistedPeriodicJobs(jobs.catalogue.names())) {
    logger.warn(
      `periodic job ${name} is defined by the program and is never due here: with taskPaths, the jobs of those files count; add ${file}`,
    )
  }
  return new Scheduler(
    { producer, logger, build, clock: environment.storeClock },
    findPeriodicJobs(jobs.catalogue.all()),
  )
}

/** Null where the store lives in this process: the worker renews its leases itself then. */
async function openHeartbeatThread(
  { config, broker, permitStore, permitKeeper }: AppServices,
  memory: SharedArrayBuffer,
  onDeath: (error: Error) => void,
  lifecycle: AppLifecycle,
): Promise<HeartbeatThread | null> {
  const url = reachable(broker.heartbeatUrl)
  if (url === null) return null
  const lockUrl = reachable(permitStore.heartbeatUrl)
  const { leaseTtl, stallLimit, storeOptions } = config
  const thread = await startHeartbeatThread({ url, lockUrl, storeOptions, leaseTtl, stallLimit, memory }, onDeath)
  lifecycle.add('heartbeat thread', {
    async close() {
      permitKeeper.use(null)
      await thread.close()
    },
  })
  if (lockUrl !== null) renewFrom(thread, permitKeeper)
  return thread
}

/** A store's URL, where the heartbeat thread can open it, too. */
function reachable(url: string | null): string | null {
  return url !== null && opensAnywhere(url) ? url : null
}

/** Lets a heartbeat thread renew the locks and permits of this process. */
function renewFrom(thread: HeartbeatThread, permitKeeper: PermitKeeper): void {
  thread.onReport((report) => {
    if (report.kind === 'permit-lost') permitKeeper.lost(report.permit)
    else if (report.kind === 'permits-renewed') permitKeeper.renewed(report.name)
    else if (report.kind === 'permits-failed') permitKeeper.failed(report.name, report.message)
  })
  permitKeeper.use({
    keep(permit, since) {
      thread.send({ kind: 'keep', permit, since })
    },
    drop(permit) {
      thread.send({ kind: 'drop', permit })
    },
  })
}

function callBoth(
  first: ((task: Task) => void) | null,
  second: ((task: Task) => void) | null,
): ((task: Task) => void) | null {
  if (first === null || second === null) return first ?? second
  return (task) => {
    first(task)
    second(task)
  }
}
