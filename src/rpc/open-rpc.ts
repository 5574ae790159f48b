import { controlOf } from '../api/api.js'
import { RpcAuthError } from '../errors.js'
import type { Config } from '../model/config.js'
import type { WorkerFigures } from '../model/worker-figures.js'
import { workerMetrics } from '../operate/metrics/worker-metrics.js'
import { writeMetrics } from '../operate/metrics/write-metrics.js'
import { controlMethods } from './control-methods.js'
import { notReady } from './health.js'
import type { RpcServer } from './rpc-server.js'
import { taskMethods } from './task-methods.js'
import { isLoopback, readBindAddress, showBindAddress } from '../settings/bind-address.js'
import type { ConsumerAPI } from '../consumers/consumer-api.js'
import type { RpcMethod } from './rpc-method.js'
import type { ApiParts } from '../api/api-parts.js'

/** What is known of this node. */
export interface NodeLook {
  /** Why no worker of this node consumes; null when one does. */
  notConsuming(): string | null
  /** What its workers say of themselves. */
  workers(): readonly WorkerFigures[]
}

/**
 * Makes the server of JSON-RPC and health, where the setting `rpcBind` asks for one. It does not listen yet.
 *
 * @param open - opens the services that the methods call; called only where something is served
 * @param node - what is known of this node
 * @returns null where nothing is served
 * @throws {@link RpcAuthError} where strangers would be let in
 */
export async function openRpc(
  config: Config,
  open: () => Promise<ApiParts>,
  node: NodeLook,
): Promise<RpcServer | null> {
  const address = config.rpcBind === null ? null : readBindAddress(config.rpcBind)
  if (address === null) return null
  if (config.rpcToken === null && !isLoopback(address.host)) throw new RpcAuthError(showBindAddress(address))
  const parts = await open()
  const { broker, manager, tasks, logger, consumers, producer } = parts
  const control = controlOf(parts)
  // Loaded late, with Hono and `node:http`: most workers serve nothing.
  const rpc = await import('./rpc-server.js')
  return new rpc.RpcServer({
    address,
    methods: new Map([
      ...taskMethods({ tasks, manager, jobs: producer.jobs, timeout: config.rpcTimeout }),
      ...controlMethods(control, config),
      ...consumers.all.flatMap((consumer) => methodsOf(consumer)),
    ]),
    token: config.rpcToken,
    gracePeriod: config.gracePeriod,
    notReady: async () =>
      await notReady({ broker, queue: config.defaultTaskQueue, notConsuming: () => node.notConsuming() }),
    looks: {
      metrics: (format) => writeMetrics(workerMetrics(node.workers()), format),
      store: async (format) => await control.metrics({ format }),
      autoscale: async (queue, options) => await control.autoscale(queue, options),
    },
    logger: logger.child('rpc'),
  })
}

/** The methods of a consumer, as `<name>.<method>`. */
function methodsOf(consumer: ConsumerAPI): [string, RpcMethod][] {
  return Object.entries(consumer.rpc()).map(([name, method]) => [
    `${consumer.name}.${name}`,
    { parameters: [], open: true, call: (params) => method.call(consumer, params) },
  ])
}
