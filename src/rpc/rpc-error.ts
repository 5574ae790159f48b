import type { PulsarErrorCode } from '../errors.js'
import { isPulsarError } from '../errors.js'

/** The error of a reply. */
export interface RpcError {
  readonly code: number
  readonly message: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** The id of a call; a bigint where a number would round it. */
export type RpcId = string | number | bigint | null

/** One reply of JSON-RPC 2.0. */
export type RpcReply =
  | { readonly jsonrpc: '2.0'; readonly result: unknown; readonly id: RpcId }
  | { readonly jsonrpc: '2.0'; readonly error: RpcError; readonly id: RpcId }

/** The errors of the standard, and one of this service: `unavailable`. */
export const JSON_RPC_ERRORS = {
  parse: { code: -32700, message: 'expected the body to be JSON in UTF-8' },
  invalidRequest: { code: -32600, message: 'expected the request to be one of JSON-RPC 2.0' },
  unknownMethod: { code: -32601, message: 'there is no such method' },
  invalidParams: { code: -32602, message: 'a parameter is wrong' },
  internal: { code: -32603, message: 'the service failed; its log says why' },
  unavailable: { code: -32000, message: 'the service cannot do that now' },
} as const

/** Codes of errors of the caller: their message and data are sent. */
const CALLER_ERRORS: readonly PulsarErrorCode[] = [
  'PQ_INVALID_ARGUMENTS',
  'PQ_INVALID_OPTION',
  'PQ_INVALID_DURATION',
  'PQ_TASK_NOT_AVAILABLE',
  'PQ_SERIALIZATION',
  'PQ_ID_IN_USE',
  'PQ_INVALID_FILTER',
  'PQ_FORBIDDEN',
  'PQ_NOT_FOUND',
  'PQ_WORKER_ORDER',
]

/** Codes of errors of the store, which pass or can be mended. Only these words are sent: the messages of the errors name addresses. */
const TEMPORARY_ERRORS: Partial<Record<PulsarErrorCode, string>> = {
  PQ_WAIT_TIMEOUT: 'the task was not over in time; it goes on, and tasks.get tells of it',
  PQ_CLOSED: 'the service stops; what was queued goes on',
  PQ_BROKER_UNREACHABLE: 'the store cannot be reached; nothing tells whether the call was done',
  PQ_BROKER_FULL: 'the store takes no more tasks',
  PQ_TASK_LOST: 'the task is neither live nor recorded',
  PQ_RESULT_EXPIRED: 'the result has expired',
  PQ_NOT_KEPT: 'the store does not keep what this needs',
  PQ_KEY_TYPE: 'another program has written a key of the queue; pq doctor names it',
  PQ_LAYOUT_VERSION: 'another version of this package has written the queue',
  PQ_NOT_MEASURED: 'nothing of that has been measured yet',
}

/** Members of errors that may be sent. */
const PUBLIC_MEMBERS = ['job', 'argument', 'option', 'expected', 'received', 'nearest', 'path', 'id'] as const

/** An error as it is sent to the caller. */
export function toRpcError(error: unknown): RpcError {
  if (!isPulsarError(error)) return JSON_RPC_ERRORS.internal
  const { code, message } = error
  if (CALLER_ERRORS.includes(code))
    return { code: JSON_RPC_ERRORS.invalidParams.code, message, data: dataOf(error, code) }
  const words = TEMPORARY_ERRORS[code]
  if (words === undefined) return { ...JSON_RPC_ERRORS.internal, data: { code } }
  return { code: JSON_RPC_ERRORS.unavailable.code, message: words, data: dataOf(error, code) }
}

export function errorReply(id: RpcId, error: RpcError): RpcReply {
  return { jsonrpc: '2.0', error, id }
}

/** The data of an error. An option of this package is an argument of the method for the caller. */
function dataOf(error: object, code: PulsarErrorCode): Readonly<Record<string, unknown>> {
  const data: Record<string, unknown> = { code }
  for (const name of PUBLIC_MEMBERS) {
    if (name in error) data[name === 'option' ? 'argument' : name] = (error as Readonly<Record<string, unknown>>)[name]
  }
  return data
}
