import { StatusReporter } from '../api/status-reporter.js'
import type { WorkerFigures } from '../model/worker-figures.js'
import { collectLoadingGarbage } from '../util/collect-loading-garbage.js'
import { errorMessage } from '../util/thrown.js'
import type { Worker } from '../worker/worker.js'
import type { AppContext } from './app-context.js'
import type { AppLifecycle } from './app-lifecycle.js'

/** Receives the events of the worker of a process. */
export interface ConsumerListener {
  /** The worker is there, and consumes from now on. */
  onOpen(worker: Worker): void
  /** An operator has told the worker to stop, as after SIGTERM. */
  onStop(): void
  /** The heartbeat ended by itself: the worker has to stop, for its leases are not renewed any more. */
  onDeath(): void
  /** What the worker says of itself, every few seconds. */
  onStatus(figures: WorkerFigures): void
}

/** Opens the worker of this process, which consumes at once, with its scheduler and its status reports. */
export async function openConsumer(
  context: AppContext,
  lifecycle: AppLifecycle,
  listener: ConsumerListener,
): Promise<Worker> {
  const onDeath = (error: Error): void => {
    context.logger.error(`the heartbeat ended, so this worker stops: ${errorMessage(error)}`)
    process.exitCode = 1
    listener.onDeath()
  }
  const onStop = (): void => {
    listener.onStop()
  }
  const worker = await context.openWorker({ onDeath, onStop }, lifecycle)
  listener.onOpen(worker)
  await worker.start()
  // Each worker process may schedule: the store lets one of them take a tick, and none is missed while another starts.
  const scheduler = await context.createScheduler()
  if (scheduler !== null) lifecycle.add('scheduler', { stop: async () => await scheduler.stop() })
  scheduler?.start()
  await context.startAlerts()
  const { callbacks, logger } = await context.open()
  const reporter = new StatusReporter(
    () => context.info(),
    callbacks,
    logger,
    ({ running, processed, concurrentTasks: slots, memory: { heapUsed }, eventLoopDelay }) => {
      listener.onStatus({ running, processed, slots, heapUsed, eventLoopDelay: eventLoopDelay.mean })
    },
  )
  lifecycle.add('status reporter', reporter)
  reporter.start()
  collectLoadingGarbage(workOf(worker))
  return worker
}

/** @returns tells whether the worker has run anything since the last call */
function workOf(worker: Worker): () => boolean {
  let before = 0
  return () => {
    const hasEnded = worker.processed !== before
    before = worker.processed
    return hasEnded || worker.running > 0
  }
}
