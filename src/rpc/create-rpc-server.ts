import type { ApiParts } from '../api/api-parts.js'
import { controlOf } from '../api/control-of.js'
import type { ConsumerAPI } from '../consumers/consumer-api.js'
import type { Config } from '../model/config.js'
import { workerMetrics } from '../operate/metrics/worker-metrics.js'
import { writeMetrics } from '../operate/metrics/write-metrics.js'
import type { BindAddress } from '../settings/bind-address.js'
import { controlMethods } from './control-methods.js'
import { notReady } from './health.js'
import type { NodeLook } from './node-look.js'
import type { RpcMethod } from './rpc-method.js'
import { RpcServer } from './rpc-server.js'
import { taskMethods } from './task-methods.js'

/** Makes the server of JSON-RPC and health on the services of an app. It does not listen yet. */
export function createRpcServer(address: BindAddress, parts: ApiParts, config: Config, node: NodeLook): RpcServer {
  const { broker, manager, tasks, logger, consumers, producer } = parts
  const control = controlOf(parts)
  return new RpcServer({
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
