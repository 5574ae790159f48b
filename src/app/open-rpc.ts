import type { Config } from '../model/config.js'
import { notReady } from '../rpc/health.js'
import { RpcServer } from '../rpc/rpc-server.js'
import { taskMethods } from '../rpc/task-methods.js'
import { readBindAddress } from '../util/bind-address.js'
import type { ApiParts } from './api.js'

/**
 * Serves JSON-RPC and health, where the setting `rpcBind` says so.
 *
 * @param open - connects; called only where something is served
 * @param notConsuming - why no worker of this node consumes; null when one does
 * @returns null where nothing is served
 * @throws {@link RpcBindError}
 */
export async function openRpc(
  config: Config,
  open: () => Promise<ApiParts>,
  notConsuming: () => string | null,
): Promise<RpcServer | null> {
  const address = config.rpcBind === null ? null : readBindAddress(config.rpcBind)
  if (address === null) return null
  const { broker, manager, tasks, logger } = await open()
  const server = new RpcServer({
    address,
    methods: taskMethods({ tasks, manager, timeout: config.rpcTimeout }),
    token: config.rpcToken,
    gracePeriod: config.gracePeriod,
    notReady: async () => await notReady({ broker, queue: config.defaultTaskQueue, notConsuming }),
    logger: logger.child('rpc'),
  })
  await server.listen()
  return server
}
