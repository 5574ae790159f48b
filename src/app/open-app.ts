import { Broker } from '../stores/broker.js'
import type { ConsumerClass } from '../consumers/consumer-api.js'
import { ConsumerList } from '../consumers/consumer-list.js'
import { TaskEvents } from '../execution/task-events.js'
import { PermitKeeper } from '../locks/permit-keeper.js'
import { Locks } from '../locks/locks.js'
import { Manager } from '../manager/manager.js'
import type { Config } from '../model/config.js'
import { Producer } from '../producer/producer.js'
import { PubSub } from '../stores/pub-sub.js'
import { Serializer } from '../serializers/serializer.js'
import { Logger } from '../logging/logger.js'
import { API_MEMBERS } from '../api/api-members.js'
import type { AppBindings } from './app-bindings.js'
import { assemble } from './assemble.js'
import type { Info } from '../api/info.js'
import { EventCallbacks } from '../api/event-callbacks.js'
import { LoadedJobs } from '../jobs/loading/loaded-jobs.js'
import { nodeNameOf } from '../settings/node-name.js'
import type { AppServices, OpenedApp } from './opened-app.js'
import { queueMessage } from '../api/queue-message.js'
import { storeMessageHook } from '../manager/store-message-hook.js'
import type { AppEnvironment } from './app-environment.js'

/**
 * Opens an app: 1. loads its jobs and seals the container; 2. builds what is bound there; 3. connects; 4. puts what runs
 * tasks together. What was opened is closed again when a step fails.
 *
 * @param info - what this process says of itself
 */
export async function openApp(
  config: Config,
  bindings: AppBindings,
  environment: AppEnvironment,
  info: () => Info,
): Promise<OpenedApp> {
  const jobs = await LoadedJobs.load(config, bindings.container, environment.jobs)
  bindings.seal()
  const { container } = bindings
  const logger = container.resolve(Logger)
  const consumers = new ConsumerList(config.consumers as readonly ConsumerClass[], container, API_MEMBERS, logger)
  for (const job of consumers.jobs()) jobs.catalogue.hide(job)
  const [broker, pubsub] = [container.resolve(Broker), container.resolve(PubSub)]
  try {
    await broker.connect()
    const services = await connect(config, bindings, { jobs, consumers, broker, pubsub, logger })
    return assemble(services, bindings, environment, info)
  } catch (error) {
    await broker.close()
    await pubsub.close()
    throw error
  }
}

type Built = Pick<AppServices, 'jobs' | 'consumers' | 'broker' | 'pubsub' | 'logger'>

async function connect(config: Config, bindings: AppBindings, built: Built): Promise<AppServices> {
  const { jobs, consumers, broker, pubsub, logger } = built
  const { container } = bindings
  const [serializer, manager] = [container.resolve(Serializer), container.resolve(Manager)]
  const nodeName = nodeNameOf(config)
  Manager.attach(manager, { nodeName }, config)
  const events = new TaskEvents(broker, serializer, logger, bindings.carriesTaskEvents ? pubsub : null)
  const onQueued = storeMessageHook(manager, logger)
  const defaultQueue = config.defaultTaskQueue
  const { catalogue } = jobs
  const producer = new Producer({
    broker,
    serializer,
    logger,
    events,
    nodeName,
    jobs: catalogue,
    defaultQueue,
    onQueued,
  })
  await producer.start()
  await manager.start()
  const permitStore = bindings.openLocks()
  const permitKeeper = new PermitKeeper(permitStore, config.leaseTtl, logger)
  const locks = new Locks(permitStore, permitKeeper, config.leaseTtl, logger)
  const callbacks = new EventCallbacks({ events, pubsub, serializer, logger })
  const opened = {
    ...built,
    config,
    serializer,
    manager,
    events,
    producer,
    permitStore,
    permitKeeper,
    locks,
    callbacks,
    nodeName,
  }
  await consumers.register((name) => ({
    nodeName,
    config,
    locks,
    logger: logger.child(name),
    queue: (message) => queueMessage(opened, message, undefined),
    publish: async (event, message) => {
      await callbacks.publish(message.type, event, message)
    },
  }))
  return opened
}
