import { BrokerFullError, BrokerUnreachableError, LayoutVersionError } from '../../../errors.js'
import { LAYOUT } from '../layout/keys.js'

/** Error replies that pass: the server starts, fails over or is busy, or the call came when its time was over. */
const PASSING = /^(?:LATE|LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY|NOREPLICAS|UNBLOCKED)\b/
/** Errors of ioredis and of the socket for a connection that was lost, or is not up. */
const CUT_OFF =
  /Connection is closed|max retries per request|Stream isn't writeable|Socket timeout|ECONN|EPIPE|ETIMEDOUT|Command timed out/
/** Error of ioredis for a call that was not written to the connection. */
const NOT_SENT = "Stream isn't writeable"

/** Whether the same call may succeed in a moment. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (error.name === 'ReplyError' ? PASSING : CUT_OFF).test(error.message)
}

/** Whether the connection was lost with the call under way: the server may have acted on it, or may still do so. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && isPassing(error) && error.name !== 'ReplyError' && !error.message.includes(NOT_SENT)
}

/** The server's time, ms, when it refused a call as late; null for another error. */
export function lateSince(error: unknown): number | null {
  const micros = error instanceof Error ? /^LATE (\d+)$/.exec(error.message)?.[1] : undefined
  return micros === undefined ? null : Number(micros) / 1_000
}

/** Whether the server has become a replica: a new connection may lead to the new master. */
export function isReplica(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('READONLY')
}

/** The error to throw for one that does not pass. */
export function explained(error: unknown, address: string): unknown {
  if (!(error instanceof Error)) return error
  if (/^OOM\b/.test(error.message)) return new BrokerFullError(address, 'its memory is full (maxmemory)')
  const layout = /^LAYOUT (\S+)/.exec(error.message)?.[1]
  if (layout !== undefined) return new LayoutVersionError(address, layout, LAYOUT)
  if (isRefusal(error)) return new BrokerUnreachableError(address, 0, withoutCommand(error))
  return error.name === 'ReplyError' ? withoutCommand(error) : error
}

/** Whether the server refuses our user, password or permissions. */
export function isRefusal(error: Error): boolean {
  return /^(?:WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password|NOPERM)/.test(error.message)
}

/** The same error without the failed command, which contains the password when it is a login. */
export function withoutCommand(error: Error): Error {
  const plain = new Error(error.message)
  plain.name = error.name
  if (error.stack !== undefined) plain.stack = error.stack
  return 'code' in error ? Object.assign(plain, { code: error.code }) : plain
}
