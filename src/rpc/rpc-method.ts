import type { RpcRequest } from '../manager/rpc-request.js'

/** What a method knows of the call. */
export interface CallContext {
  readonly headers: Headers
  readonly remoteAddress: RpcRequest['remoteAddress']
  /** Aborted when nobody waits for the reply any more. What was queued goes on. */
  readonly signal: AbortSignal
}

/** What one call has besides. */
export interface MethodContext extends CallContext {
  /** The caller wants no reply. */
  readonly isNotification: boolean
}

/** A method of the JSON-RPC service. */
export interface RpcMethod {
  /** Names of the parameters, in the order in which a list of them is read. */
  readonly parameters: readonly string[]
  /** Whether there may be others besides. */
  readonly open?: boolean
  /** Does it. @throws what {@link toRpcError} knows; anything else is an internal error */
  call(params: Readonly<Record<string, unknown>>, context: MethodContext): unknown
}
