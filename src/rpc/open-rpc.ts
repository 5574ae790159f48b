import type { ApiParts } from '../api/api-parts.js'
import { RpcAuthError } from '../errors.js'
import type { Config } from '../model/config.js'
import { isLoopback, readBindAddress, showBindAddress } from '../settings/bind-address.js'
import type { NodeLook } from './node-look.js'
import type { RpcServer } from './rpc-server.js'

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
  // Loaded late, with Hono, `node:http` and what operators use: most workers serve nothing.
  const { createRpcServer } = await import('./create-rpc-server.js')
  return createRpcServer(address, parts, config, node)
}
