import { BrokerFullError, BrokerUnreachableError, LayoutVersionError } from '../../../errors.js'
import { LAYOUT } from '../layout/keys.js'

/** Replies that pass: the server starts, fails over or is busy. */
const PASSING = /^(?:LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY|NOREPLICAS|UNBLOCKED)\b/
/** What ioredis and the socket say when the connection was lost, or is not up. */
const CUT_OFF =
  /Connection is closed|max retries per request|Stream isn't writeable|Socket timeout|ECONN|EPIPE|ETIMEDOUT|Command timed out/

/** Whether the same call may go well in a moment. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (error.name === 'ReplyError' ? PASSING : CUT_OFF).test(error.message)
}

/** Whether the server has become a replica: another connection may lead to the new master. */
export function isReplica(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('READONLY')
}

/** What a caller is told of an error that does not pass. */
export function explained(error: unknown, address: string): unknown {
  if (!(error instanceof Error)) return error
  if (/^OOM\b/.test(error.message)) return new BrokerFullError(address, 'its memory is full (maxmemory)')
  const layout = /^LAYOUT (\S+)/.exec(error.message)?.[1]
  if (layout !== undefined) return new LayoutVersionError(address, layout, LAYOUT)
  if (isRefusal(error)) return new BrokerUnreachableError(address, 0, withoutCommand(error))
  return error.name === 'ReplyError' ? withoutCommand(error) : error
}

/** Whether the server does not know us, or lets us do nothing. */
export function isRefusal(error: Error): boolean {
  return /^(?:WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password|NOPERM)/.test(error.message)
}

/** The same without the command that failed: of a login that has the password in it. */
export function withoutCommand(error: Error): Error {
  const plain = new Error(error.message)
  plain.name = error.name
  if (error.stack !== undefined) plain.stack = error.stack
  return 'code' in error ? Object.assign(plain, { code: error.code }) : plain
}
