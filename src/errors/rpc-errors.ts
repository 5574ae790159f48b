import { PulsarError } from './pulsar-error.js'

/** A message that is no request of JSON-RPC 2.0. */
export class InvalidRequestError extends PulsarError {
  readonly code = 'PQ_INVALID_REQUEST'
  constructor(readonly expected: string) {
    super(`expected the request to be ${expected}`)
  }
}

/** The address of the setting `rpcBind` cannot be listened on. */
export class RpcBindError extends PulsarError {
  readonly code = 'PQ_RPC_BIND'
  constructor(
    /** `host:port` */
    readonly address: string,
    cause: unknown,
  ) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const [reason, fix] = BIND_PROBLEMS[code] ?? [String(cause), 'set rpcBind to an address of this machine']
    super(`cannot serve JSON-RPC at ${address}: ${reason}; ${fix}`, { cause })
  }
}

const BIND_PROBLEMS: Readonly<Record<string, readonly [string, string]>> = {
  EADDRINUSE: [
    'another program listens there',
    'end that one, or set rpcBind to another port; one node has one listener, so a second node needs a port of its own',
  ],
  EACCES: ['this user may not', 'set rpcBind to a port of 1024 or more'],
  EADDRNOTAVAIL: ['this machine has no such address', 'set rpcBind to one of its own, or to 127.0.0.1'],
  ENOTFOUND: ['nobody knows that name', 'set rpcBind to an address of this machine, such as 127.0.0.1'],
}
