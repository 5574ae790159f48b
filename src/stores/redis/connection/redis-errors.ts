import { BrokerFullError, BrokerUnreachableError, isPulsarError, LayoutVersionError } from '../../../errors.js'
import { LAYOUT } from '../layout/keys.js'
import { remedyFor } from './remedies.js'

/** Error replies that pass: the server is starting, failing over or busy, or the call arrived after its deadline. */
const PASSING =
  /^(?:LATE|LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY|NOREPLICAS|NOSCRIPT|UNBLOCKED)\b|^ERR WAIT(?:AOF)? cannot be used with replica/
/** Those of them by a server that has the keys, and will have them in a moment. */
const BUSY = /^(?:LATE|BUSY|TRYAGAIN|NOREPLICAS|NOSCRIPT|UNBLOCKED)\b/
/** Errors of ioredis and of the socket for a connection that was lost, or is not up. */
const CUT_OFF =
  /Connection is closed|max retries per request|Stream isn't writeable|Socket timeout|ECONN|EPIPE|ETIMEDOUT|Command timed out/
/** Error of ioredis for a call that was not written to the connection. */
const NOT_SENT = "Stream isn't writeable"
/** Errors that follow when a connection is over. What ended it was said before, if it was said at all. */
const AFTERMATH = /Connection is closed|max retries per request|Stream isn't writeable|EPIPE|ECONNRESET/
/** Replies by which a server refuses our user, our password, or a command that we need. */
const UNUSABLE =
  /^(?:WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR invalid password|MOVED|CROSSSLOT)|ACL failure in script|executing the script can't|^ERR unknown command|^ERR This instance has cluster support disabled/
/** Codes of Node for what is wrong with a certificate or a key: the server's, or ours. */
const CERTIFICATE = /CERT|VERIFY_LEAF|INVALID_CA|HOSTNAME_MISMATCH|OSSL/
/** Commands by which a connection begins: without them it is not the one that the URL asks for. */
const OPENING = ['auth', 'hello', 'select']

/** A server, or a Sentinel, speaks TLS where its URL has none, or speaks without. */
export class WrongProtocolError extends Error {}

/** What listens at the address answers what is no reply of Redis. */
export class NoRedisError extends WrongProtocolError {}

/** What ioredis says of an answer that is none of Redis, and OpenSSL of one that is none of TLS, or of what else fails in a handshake. */
const NO_REDIS = /(^|says )Unknown RESP type .*?(?:Please report this\.|$)/s
const NO_TLS = /(^|says )\S*error:\w+:SSL routines:[^:]*:(?:wrong version number|packet length too long)\b.*?(?:\n|$)/s
const HANDSHAKE = /\S*error:\w+:SSL routines:[^:]*:([^:]*)\b.*?(?:\n|$)/s

/** A text of ioredis or OpenSSL in words for whoever runs the program, without line breaks. Others stay as they are. */
export function plainWords(message: string): string {
  const subject = (before: string): string => (before === '' ? 'it ' : '')
  return message
    .replace(NO_REDIS, (_, before: string) => `${subject(before)}does not speak Redis`)
    .replace(NO_TLS, (_, before: string) => `${subject(before)}does not speak TLS`)
    .replace(HANDSHAKE, 'the TLS handshake failed: $1')
}

/** The same for an error. */
export function plainly(error: Error): Error {
  const said = plainWords(error.message)
  if (said === error.message) return error
  if (said === 'it does not speak Redis') return new NoRedisError(said)
  if (said === 'it does not speak TLS') return new WrongProtocolError(said)
  const plain = new Error(said)
  return 'code' in error ? Object.assign(plain, { code: error.code }) : plain
}

/** A connection that did not come up in time. */
export class NotConnectedError extends Error {
  constructor(cause: Error | null) {
    super('Connection is closed', { cause })
  }
}

/** Whether the same call may succeed in a moment. */
export function isTransient(error: unknown): boolean {
  // The text of one of ours may have that of its cause.
  if (!(error instanceof Error) || isPulsarError(error)) return false
  return (error.name === 'ReplyError' ? PASSING : CUT_OFF).test(error.message)
}

/** Whether the connection was lost with the call under way: the server may have executed it, or may still do so. */
export function isUnanswered(error: unknown): boolean {
  return (
    error instanceof Error && isTransient(error) && error.name !== 'ReplyError' && !error.message.includes(NOT_SENT)
  )
}

/** Whether an error only says that the connection is over, and not why. */
export function isAftermath(error: Error): boolean {
  return error.name !== 'ReplyError' && AFTERMATH.test(error.message)
}

/** Whether an error says that a connection is over, or did not come up in time, and not why. */
export function isWithoutReason(error: Error): boolean {
  return isAftermath(error) || /\bETIMEDOUT\b/.test(error.message)
}

/** The server's time, ms, when it refused a call as late; null for another error. */
export function lateSince(error: unknown): number | null {
  const micros = error instanceof Error ? /^LATE (\d+)$/.exec(error.message)?.[1] : undefined
  return micros === undefined ? null : Number(micros) / 1_000
}

/** Whether the server does not have a script, so that nothing of the call was executed. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}

/** Whether the server refuses whatever might write, for now, and has executed nothing of the call. */
export function refusesWrites(error: unknown): boolean {
  return error instanceof Error && /^(?:NOREPLICAS|MISCONF)\b/.test(error.message)
}

/** Whether a script has tried to write that was sent without the right to. */
export function isForbiddenWrite(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Write commands are not allowed from read-only scripts')
}

/** Whether a key holds another type of value than the command expects. */
export function isWrongType(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith('WRONGTYPE')
}

/** Whether the server that has the keys refuses a call for a moment. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError' && BUSY.test(error.message)
}

/** The key of a command that failed. */
export function keyOf(error: Error): readonly string[] {
  const { command } = error as { readonly command?: { readonly args: readonly unknown[] } }
  return (command?.args ?? []).slice(0, 1).map(String)
}

/** Whether the server has become a replica: a new connection may lead to the new master. */
export function isReplica(error: unknown): boolean {
  return error instanceof Error && /^(?:READONLY|ERR WAIT(?:AOF)? cannot be used with replica)/.test(error.message)
}

/** Whether the server refuses a command to this user, or does not have it. */
export function isForbidden(error: unknown): boolean {
  return error instanceof Error && /^(?:NOPERM|ERR unknown command)/.test(error.message)
}

/** The error to throw for a call that failed for good. */
export function explained(error: unknown, address: string): unknown {
  if (!(error instanceof Error) || isPulsarError(error)) return error
  if (/^OOM\b/.test(error.message)) {
    return new BrokerFullError(
      address,
      'its memory is full (maxmemory)',
      'raise maxmemory, or let records go sooner: those of tasks that are over keep arguments and results for their resultTtl',
    )
  }
  if (/^MISCONF\b/.test(error.message)) {
    return new BrokerFullError(address, 'it cannot write its files (MISCONF)', 'look at its log and its disk')
  }
  const layout = /^LAYOUT (\S+)/.exec(error.message)?.[1]
  if (layout !== undefined) return new LayoutVersionError(address, layout, LAYOUT)
  if (UNUSABLE.test(error.message)) return unusable(address, 0, error)
  return error.name === 'ReplyError' ? withoutCommand(error) : error
}

/** @param waited - time that the call has waited, ms; 0: the server has refused it */
export function unusable(address: string, waited: number, cause: Error | null): BrokerUnreachableError {
  const plain = cause && plainly(cause)
  const remedy = plain ? remedyFor(plain, address) : null
  // What ioredis says of its own calls concerns nobody else.
  const said =
    plain &&
    (plain.message.includes('max retries per request') ? new Error('it does not answer') : withoutCommand(plain))
  return new BrokerUnreachableError(address, waited, said, remedy ?? undefined)
}

/**
 * Whether a server that can be reached does not let us open the connection that the URL asks for: it refuses the user, the
 * password or the database. Trying again changes nothing. One that has no room for another client refuses for now only.
 */
export function refusesOpening(error: Error): boolean {
  if (error.message.startsWith('ERR max number of clients') || PASSING.test(error.message)) return false
  const { command } = error as { readonly command?: { readonly name: string } }
  return error.name === 'ReplyError' && command !== undefined && OPENING.includes(command.name)
}

/** Whether TLS is set up in another way at a server than its URL, or our certificates, have it. Trying again changes nothing. */
export function isTlsMismatch(error: Error): boolean {
  return error instanceof WrongProtocolError || ('code' in error && CERTIFICATE.test(String(error.code)))
}

/** The same error without the failed command, which contains the password when it is a login. */
export function withoutCommand(error: Error): Error {
  const plain = new Error(error.message)
  plain.name = error.name
  if (error.stack !== undefined) plain.stack = error.stack
  return 'code' in error ? Object.assign(plain, { code: error.code }) : plain
}
