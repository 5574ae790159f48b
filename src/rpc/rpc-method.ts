import type { RpcRequest } from '../manager/manager.js'

/** The request of a call. */
export interface CallContext {
  readonly headers: Headers
  readonly remoteAddress: RpcRequest['remoteAddress']
  /** Aborted when the caller no longer waits for the reply. Tasks that were queued go on. */
  readonly signal: AbortSignal
}

/** One call of a request. */
export interface MethodContext extends CallContext {
  /** Whether the caller wants no reply. */
  readonly isNotification: boolean
}

/** A method of the JSON-RPC service. */
export interface RpcMethod {
  /** Names of the parameters. A list of parameters is read in this order. */
  readonly parameters: readonly string[]
  /** Whether other parameters are allowed. */
  readonly open?: boolean
  /** Answers the call. An error that {@link toRpcError} does not know is sent as an internal error. */
  call(params: Readonly<Record<string, unknown>>, context: MethodContext): unknown
}
