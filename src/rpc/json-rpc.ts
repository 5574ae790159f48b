import { InvalidOptionError, InvalidRequestError, isPulsarError } from '../errors.js'
import { boundedWait } from '../model/bounded-wait.js'
import { mayLoseNumbers } from '../util/json-numbers.js'
import type { CallNumbers } from './call-numbers.js'
import { callNumbers } from './call-numbers.js'
import type { RpcId, RpcReply } from './rpc-error.js'
import { JSON_RPC_ERRORS, errorReply, toRpcError } from './rpc-error.js'
import { readParams } from './params.js'
import type { CallContext, RpcMethod } from './rpc-method.js'

/** Most levels of objects and lists in one request. */
const MOST_LEVELS = 100
/** Most calls in one batch. */
const MOST_CALLS = 1_000

/** The parts of a handler. */
export interface JsonRpcParts {
  readonly methods: ReadonlyMap<string, RpcMethod>
  /** Called with each error that is not the caller's. */
  readonly onInternal: (method: string, error: unknown) => void
}

interface Call {
  readonly id: RpcId
  readonly isNotification: boolean
  readonly method: string
  readonly params: unknown
}

/**
 * Answers a request of JSON-RPC 2.0: reads its calls, calls the methods, and joins the replies. Never throws.
 *
 * @returns the reply; null where all calls were notifications, which the standard leaves without a reply
 */
export async function answerBody(
  body: Uint8Array,
  parts: JsonRpcParts,
  context: CallContext,
): Promise<RpcReply | RpcReply[] | null> {
  let message: unknown
  let numbers: readonly CallNumbers[]
  try {
    ;[message, numbers] = parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return errorReply(null, JSON_RPC_ERRORS.parse)
  }
  if (nestedDeeperThan(message, MOST_LEVELS))
    return invalid(null, `not nested deeper than ${String(MOST_LEVELS)} levels`)
  const lost = (i: number): string | null => numbers[i]?.lost ?? null
  if (!Array.isArray(message)) return await answer(message, lost(0), parts, context)
  if (message.length === 0) return invalid(null, 'a batch of at least one call')
  if (message.length > MOST_CALLS) return invalid(null, `a batch of at most ${String(MOST_CALLS)} calls`)
  const replies = await Promise.all(message.map(async (one: unknown, i) => await answer(one, lost(i), parts, context)))
  const wanted = replies.filter((reply) => reply !== null)
  return wanted.length === 0 ? null : wanted
}

/** Parses a body. An id that a number would round is a bigint; of other such numbers, each call has the first. */
function parse(text: string): [message: unknown, numbers: readonly CallNumbers[]] {
  const message: unknown = JSON.parse(text)
  if (!mayLoseNumbers(text)) return [message, []]
  const numbers = callNumbers(text)
  const calls: readonly unknown[] = Array.isArray(message) ? message : [message]
  for (const [i, { id }] of numbers.entries()) if (id !== null) Object.assign(calls[i] as object, { id })
  return [message, numbers]
}

function ownId(message: unknown): unknown {
  if (typeof message !== 'object' || message === null || !Object.hasOwn(message, 'id')) return null
  return (message as { id: unknown }).id
}

async function answer(
  message: unknown,
  lost: string | null,
  parts: JsonRpcParts,
  context: CallContext,
): Promise<RpcReply | null> {
  let call: Call
  try {
    call = readCall(message)
  } catch (error) {
    if (!isPulsarError(error, 'PQ_INVALID_REQUEST')) throw error
    return invalid(idOf(message), error.expected)
  }
  const reply = lost === null ? await run(call, parts, context) : errorReply(call.id, toRpcError(tooLong(lost)))
  return call.isNotification ? null : reply
}

async function run(call: Call, parts: JsonRpcParts, context: CallContext): Promise<RpcReply> {
  const { id } = call
  const method = parts.methods.get(call.method)
  if (!method) return errorReply(id, { ...JSON_RPC_ERRORS.unknownMethod, data: { methods: [...parts.methods.keys()] } })
  try {
    const params = readParams(call.params, method)
    const of = { ...context, isNotification: call.isNotification }
    // A method need not heed its signal.
    const result = await boundedWait(async () => await method.call(params, of), call.method, { signal: context.signal })
    return { jsonrpc: '2.0', result: result ?? null, id }
  } catch (error) {
    const known = toRpcError(error)
    const isInternal = known.code === JSON_RPC_ERRORS.internal.code
    const { signal } = context
    // A caller that does not wait any more is no failure of the method.
    const isAbandoned = signal.aborted && error === signal.reason
    if (isInternal && !isAbandoned) parts.onInternal(call.method, error)
    return errorReply(id, known)
  }
}

/** The error for a number that JavaScript does not keep. Nothing was done. */
function tooLong(number: string): InvalidOptionError {
  const shown = number.length > 60 ? `${number.slice(0, 57)}...` : number
  return new InvalidOptionError(
    'params',
    'numbers that a double of 64 bits keeps',
    shown,
    'where the job takes a bigint, send its digits as a string',
  )
}

function readCall(message: unknown): Call {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw new InvalidRequestError('an object')
  }
  const { jsonrpc, method, params } = message as Readonly<Record<string, unknown>>
  if (jsonrpc !== '2.0') throw new InvalidRequestError('one whose member jsonrpc is "2.0"')
  if (typeof method !== 'string') throw new InvalidRequestError('one whose member method is a string')
  if (params !== undefined && (typeof params !== 'object' || params === null)) {
    throw new InvalidRequestError('one whose member params is an object or a list, if it is there')
  }
  const hasId = Object.hasOwn(message, 'id')
  if (hasId && !isId((message as { id: unknown }).id)) {
    throw new InvalidRequestError('one whose member id is a string, a number or null, if it is there')
  }
  return { id: idOf(message), isNotification: !hasId, method, params }
}

function idOf(message: unknown): RpcId {
  const id = ownId(message)
  return isId(id) ? id : null
}

function isId(id: unknown): id is RpcId {
  return id === null || ['string', 'number', 'bigint'].includes(typeof id)
}

function invalid(id: RpcId, expected: string): RpcReply {
  return errorReply(id, { ...JSON_RPC_ERRORS.invalidRequest, data: { expected } })
}

/** Whether a parsed value has more levels of objects and lists than that. Not recursive: there may be a million. */
function nestedDeeperThan(value: unknown, levels: number): boolean {
  let level = [value].filter(isNested)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === levels) return true
    level = level.flatMap((each) => Object.values(each) as unknown[]).filter(isNested)
  }
  return false
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
