import type { PulsarErrorCode } from '../errors.js'
import { isPulsarError } from '../errors.js'

/** The error of a reply. */
export interface RpcError {
  readonly code: number
  readonly message: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** One reply of JSON-RPC 2.0. */
export type RpcReply =
  | { readonly jsonrpc: '2.0'; readonly result: unknown; readonly id: string | number | null }
  | { readonly jsonrpc: '2.0'; readonly error: RpcError; readonly id: string | number | null }

/** The standard's errors, and the one number of ours: the service cannot do it now. */
export const JSON_RPC_ERRORS = {
  parse: { code: -32700, message: 'expected the body to be JSON in UTF-8' },
  invalidRequest: { code: -32600, message: 'expected the request to be one of JSON-RPC 2.0' },
  unknownMethod: { code: -32601, message: 'there is no such method' },
  invalidParams: { code: -32602, message: 'a parameter is wrong' },
  internal: { code: -32603, message: 'the service failed; its log says why' },
  unavailable: { code: -32000, message: 'the service cannot do that now' },
} as const

/** Codes of what the caller did wrong: message and data are told. */
const BLAMED: readonly PulsarErrorCode[] = [
  'PQ_INVALID_ARGUMENTS',
  'PQ_INVALID_OPTION',
  'PQ_INVALID_DURATION',
  'PQ_TASK_NOT_AVAILABLE',
  'PQ_SERIALIZATION',
]

/** Codes of what passes: only these words are told, for the errors themselves name addresses. */
const PASSING: Partial<Record<PulsarErrorCode, string>> = {
  PQ_WAIT_TIMEOUT: 'the task was not over in time; it goes on, and tasks.get tells of it',
  PQ_CLOSED: 'the service stops; what was queued goes on',
  PQ_BROKER_UNREACHABLE: 'the store cannot be reached; nothing tells whether the call was done',
  PQ_BROKER_FULL: 'the store takes no more tasks',
  PQ_TASK_LOST: 'the task is neither live nor recorded',
  PQ_RESULT_EXPIRED: 'the result has expired',
}

/** Members of errors that may be told. */
const TOLD = ['job', 'argument', 'option', 'expected', 'received', 'nearest', 'path', 'id'] as const

/** What a caller may know of an error. */
export function toRpcError(error: unknown): RpcError {
  if (!isPulsarError(error)) return JSON_RPC_ERRORS.internal
  const { code, message } = error
  if (BLAMED.includes(code)) return { code: JSON_RPC_ERRORS.invalidParams.code, message, data: dataOf(error, code) }
  const passing = PASSING[code]
  if (passing === undefined) return { ...JSON_RPC_ERRORS.internal, data: { code } }
  return { code: JSON_RPC_ERRORS.unavailable.code, message: passing, data: dataOf(error, code) }
}

export function errorReply(id: string | number | null, error: RpcError): RpcReply {
  return { jsonrpc: '2.0', error, id }
}

/** An option of ours is an argument of the method. */
function dataOf(error: object, code: PulsarErrorCode): Readonly<Record<string, unknown>> {
  const data: Record<string, unknown> = { code }
  for (const name of TOLD) {
    if (name in error) data[name === 'option' ? 'argument' : name] = (error as Readonly<Record<string, unknown>>)[name]
  }
  return data
}
