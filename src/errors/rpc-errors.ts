import { errorMessage, member } from '../util/thrown.js'
import { PulsarError } from './pulsar-error.js'

/**
 * A message is no request of JSON-RPC 2.0. The caller gets code -32600.
 *
 * @remarks Send `{ "jsonrpc": "2.0", "method": ..., "params": ..., "id": ... }`.
 */
export class InvalidRequestError extends PulsarError {
  readonly code = 'PQ_INVALID_REQUEST'
  constructor(
    /** The request that fits. */
    readonly expected: string,
  ) {
    super(`expected the request to be ${expected}`)
  }
}

/**
 * The server of the setting `rpcBind` would let strangers queue tasks and act on them: other machines reach its address, and it asks for no
 * token. Nothing was started.
 *
 * @remarks Set `rpcToken`, best as `PULSAR_RPC_TOKEN`, or bind it to 127.0.0.1.
 */
export class RpcAuthError extends PulsarError {
  readonly code = 'PQ_RPC_AUTH'
  constructor(
    /** The address, `host:port`. */
    readonly address: string,
  ) {
    super(
      `the server of JSON-RPC expected rpcToken at an address that other machines reach, got none at ${address}; ` +
        'set PULSAR_RPC_TOKEN, such as to $(openssl rand -hex 16), or set rpcBind to 127.0.0.1',
    )
  }
}

/**
 * The server cannot listen at the address of the setting `rpcBind`. `cause` is the error of Node.
 *
 * @remarks Set `rpcBind` to a free port of this machine.
 */
export class RpcBindError extends PulsarError {
  readonly code = 'PQ_RPC_BIND'
  constructor(
    /** The address, `host:port`. */
    readonly address: string,
    cause: unknown,
  ) {
    super(`cannot serve JSON-RPC at ${address}: ${bindProblem(cause, 'rpcBind')}${ofNode(cause)}`, { cause })
  }
}

function ofNode(cause: unknown): string {
  return member(cause, 'code') === 'EADDRINUSE' ? '; a second node on this machine needs a port of its own' : ''
}

/** Why a server cannot listen, and what to do. @param name - of the setting or option that has the address */
export function bindProblem(cause: unknown, name: string): string {
  const [reason, fix] = BIND_PROBLEMS[String(member(cause, 'code'))] ?? [
    errorMessage(cause),
    'an address of this machine',
  ]
  return `${reason}; set ${name} to ${fix}`
}

const BIND_PROBLEMS: Readonly<Record<string, readonly [string, string]>> = {
  EADDRINUSE: ['another program listens there', 'another port, or stop that program'],
  EACCES: ['this user has no permission', 'a port of 1024 or more'],
  EADDRNOTAVAIL: ['this machine has no such address', 'one that it has, or to 127.0.0.1'],
  ENOTFOUND: ['the host name is unknown', 'an address of this machine, such as 127.0.0.1'],
}
