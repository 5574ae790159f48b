import { BrokerFullError, BrokerUnreachableError, LayoutVersionError } from '../../errors.js'
import { LAYOUT } from './keys.js'

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
  if (/^(?:NOAUTH|WRONGPASS|NOPERM)\b/.test(error.message)) return new BrokerUnreachableError(address, 0, error)
  return error
}
