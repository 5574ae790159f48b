import type { ApiParts } from '../api/api-parts.js'
import { API_MEMBERS } from '../api/api.js'
import { EventCallbacks } from '../api/event-callbacks.js'
import type { Info } from '../model/info.js'
import { queueMessage } from '../api/queue-message.js'
import type { ConsumerBackend, ConsumerClass } from '../consumers/consumer-api.js'
import { ConsumerList } from '../consumers/consumer-list.js'
import type { Runner } from '../execution/runner.js'
import { TaskEvents } from '../execution/task-events.js'
import { LoadedJobs } from '../jobs/loading/loaded-jobs.js'
import { PermitKeeper } from '../locks/permit-keeper.js'
import { Locks } from '../locks/locks.js'
import type { Logger } from '../logging/logger.js'
import { Manager } from '../manager/manager.js'
import { storeMessageHook } from '../manager/store-message-hook.js'
import type { Config } from '../model/config.js'
import { Producer } from '../producer/producer.js'
import { Serializer } from '../serializers/serializer.js'
import { nodeNameOf } from '../settings/node-name.js'
import { SupervisorLink } from '../processes/supervisor-link.js'
import { Broker } from '../stores/broker.js'
import type { QueueFigures } from '../telemetry/telemetry.js'
import { PubSub } from '../stores/pub-sub.js'
import { tellAdvice } from '../stores/tell-advice.js'
import type { AppBindings } from './app-bindings.js'
import type { AppEnvironment } from './app-environment.js'
import { AppLifecycle } from './app-lifecycle.js'
import type { ConnectedServices } from './connected-services.js'
import { openExecution } from './open-execution.js'
import { errorMessage } from '../util/thrown.js'

/** The settings, bindings and environment from which the services of an app are opened. */
export interface ServicesSource {
  readonly config: Config
  readonly bindings: AppBindings
  readonly environment: AppEnvironment
  /** Describes this process, for `api.info()`. */
  readonly info: () => Info
  /** The queues that the app consumes; none where it does not serve. */
  readonly consumedQueues: () => readonly string[]
}

/** The open services of an app. Its api and its server share them. */
export interface AppServices extends ConnectedServices, ApiParts {
  readonly runner: Runner
  /** Closes all of it in reverse. @throws the first failure, after the rest is closed */
  close(): Promise<void>
}

/**
 * Opens the services of an app: 1. loads its jobs and seals the container; 2. connects the stores; 3. starts the manager and
 * the producer; 4. puts together what runs tasks; 5. registers the consumers. When a step fails, everything before it is
 * closed.
 */
export async function openServices(source: ServicesSource): Promise<AppServices> {
  const { config, bindings, environment, info } = source
  const { container } = bindings
  const jobs = await LoadedJobs.load(config, container, environment.jobs)
  bindings.seal()
  const { logger } = bindings
  const lifecycle = new AppLifecycle(logger)
  return await lifecycle.open(async () => {
    const consumers = new ConsumerList(config.consumers as readonly ConsumerClass[], container, API_MEMBERS, logger)
    for (const job of consumers.jobs()) jobs.catalogue.hide(job)
    const connected = await connect(source, jobs, logger, lifecycle)
    const { events, pubsub, serializer } = connected
    const callbacks = new EventCallbacks({ events, pubsub, serializer, logger })
    lifecycle.add('event callbacks', callbacks)
    const execution = openExecution(connected, bindings, environment, lifecycle, info)
    const services = { ...connected, ...execution, consumers, callbacks, info }
    lifecycle.add('consumers', consumers)
    await consumers.register((name) => consumerBackend(services, name))
    return {
      ...services,
      async close() {
        await lifecycle.close()
      },
    }
  })
}

async function connect(
  { config, bindings, consumedQueues }: ServicesSource,
  jobs: LoadedJobs,
  logger: Logger,
  lifecycle: AppLifecycle,
): Promise<ConnectedServices> {
  const { container } = bindings
  const nodeName = nodeNameOf(config)
  const broker = container.resolve(Broker)
  lifecycle.add('broker', broker)
  const pubsub = container.resolve(PubSub)
  lifecycle.add('pub/sub', pubsub)
  const serializer = container.resolve(Serializer)
  const manager = container.resolve(Manager)
  await broker.connect()
  if (SupervisorLink.speaksForAll) await tellAdvice(broker, logger)
  const permitStore = bindings.createPermitStore()
  lifecycle.add('permit store', permitStore)
  await startManager(manager, nodeName, config, logger, lifecycle)
  const events = new TaskEvents(broker, serializer, logger, bindings.publishesTaskEvents ? pubsub : null)
  const telemetry = await bindings.telemetry()
  telemetry?.open({ address: broker.address, nodeName })
  const unwatch = telemetry?.watch(async () => await figuresOf(broker))
  if (unwatch !== undefined) lifecycle.add('telemetry', { close: unwatch })
  const producer = new Producer({
    telemetry,
    broker,
    serializer,
    logger,
    events,
    nodeName,
    jobs: jobs.catalogue,
    defaultQueue: config.defaultTaskQueue,
    consumedQueues,
    onQueued: storeMessageHook(manager, logger),
  })
  lifecycle.add('producer', producer)
  await producer.start()
  const permitKeeper = new PermitKeeper(permitStore, config.leaseTtl, logger)
  lifecycle.add('renewal of locks', permitKeeper)
  const locks = new Locks(permitStore, permitKeeper, config.leaseTtl, logger)
  lifecycle.add('locks', locks)
  return {
    config,
    nodeName,
    logger,
    jobs,
    broker,
    permitStore,
    pubsub,
    serializer,
    manager,
    events,
    producer,
    permitKeeper,
    locks,
    telemetry,
  }
}

/** What telemetry tells of the queues. */
async function figuresOf(broker: Broker): Promise<QueueFigures[]> {
  // Loaded late: most workers have no telemetry.
  const { queueOverview } = await import('../operate/queue-overview.js')
  const names = [...(await broker.queues())].sort()
  return await Promise.all(
    names.map(async (queue) => ({ queue, ...(await queueOverview(broker, broker.operations(), queue)) })),
  )
}

async function startManager(
  manager: Manager,
  nodeName: string,
  config: Config,
  logger: Logger,
  lifecycle: AppLifecycle,
): Promise<void> {
  Manager.attach(manager, { nodeName }, config)
  await manager.start()
  lifecycle.add('manager', {
    // The application's own code: a failure is logged, and the app is closed all the same.
    async close() {
      try {
        await manager.close()
      } catch (error) {
        logger.error(`the manager's close() failed: ${errorMessage(error)}`)
      }
    },
  })
}

type MessageServices = Pick<
  AppServices,
  'nodeName' | 'config' | 'locks' | 'logger' | 'callbacks' | 'producer' | 'consumers'
>

function consumerBackend(services: MessageServices, name: string): ConsumerBackend {
  const { nodeName, config, locks, logger, callbacks } = services
  return {
    nodeName,
    config,
    locks,
    logger: logger.child(name),
    queue: (message) => queueMessage(services, message, undefined),
    publish: async (event, message) => {
      await callbacks.publish(message.type, event, message)
    },
  }
}
