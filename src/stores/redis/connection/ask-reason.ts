import { connect } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { connect as connectTls } from 'node:tls'
import { deadline } from '../../../util/deadline.js'
import { performance } from '../../../util/timers.js'
import type { BrokerUnreachableError } from '../../../errors.js'
import { clientOptions } from './client-options.js'
import { toError } from '../../../util/thrown.js'
import { isTlsMismatch, isWithoutReason, plainly, unusable, WrongProtocolError } from './redis-errors.js'
import type { RedisLocation } from './redis-location.js'

/** Time in which a server says on a new connection why it takes none, ms. */
const PATIENCE = 300
/** Time after which an answer is asked for again, ms. */
const ASK_AGAIN_AFTER = 1_000
/** A socket has no node. */
const NOWHERE = { host: '', port: 0 }

/**
 * Asks a server once more, on a bare connection, why it cannot be used. One that takes no clients says so unasked, and closes
 * the connection before what a client writes at once has arrived: such a client rarely hears it. One without TLS waits for the
 * rest of a TLS handshake as for the rest of a command. One with TLS says nothing to whoever has none, or something that is no reply.
 *
 * @returns null where nothing is said
 */
async function askReason(location: RedisLocation): Promise<Error | null> {
  const { kind, socket: path, tls } = location
  // What Sentinels answer is known; ioredis keeps to itself what is wrong with their certificates.
  if (kind === 'sentinel') return tls ? await askSentinelForTls(location) : await askForTls(location)
  const said = await listen(location)
  // Nobody listens there.
  if (said === null) return null
  if (tls) return isReply(said) ? new WrongProtocolError('it speaks without TLS: there is no TLS handshake') : null
  const refusal = /^-([^\r\n]+)/.exec(said)?.[1]
  if (refusal !== undefined) return new Error(refusal)
  return path === null ? await askForTls(location) : null
}

/** What the first node says to whoever has no TLS, and asks it for something where its URL has TLS; null: nobody listens there. */
async function listen({ socket: path, nodes, tls }: RedisLocation): Promise<string | null> {
  const [{ host, port } = NOWHERE] = nodes
  return await new Promise<string | null>((resolve) => {
    let isOpen = false
    const socket = connect(path === null ? { host, port } : { path })
    const done = (text: string): void => {
      timer.clear()
      socket.destroy()
      resolve(isOpen ? text : null)
    }
    const timer = deadline(() => {
      done('')
    }, PATIENCE)
    socket.once('connect', () => {
      isOpen = true
      if (tls) socket.write('PING\r\n')
    })
    socket.once('data', (data: Buffer) => {
      done(data.toString('latin1', 0, 200))
    })
    socket.once('error', () => {
      done('')
    })
    socket.once('close', () => {
      done('')
    })
  })
}

function isReply(said: string): boolean {
  return /^[+-]/.test(said)
}

/** Whether the first node speaks TLS, which our URL does not; null: it does not, or says nothing. */
async function askForTls(location: RedisLocation): Promise<Error | null> {
  // Whoever it is, nothing is told to it.
  const error = await shakeHands(location, { rejectUnauthorized: false })
  // A server that wants a certificate of its clients ends the handshake with an alert.
  const isTls = error === null || /\balert\b/.test(error.message)
  return isTls ? new WrongProtocolError('it speaks TLS, and its URL does not') : null
}

/** What is wrong with the TLS handshake of the first Sentinel; null: nothing. */
async function askSentinelForTls(location: RedisLocation): Promise<Error | null> {
  const error = await shakeHands(location, clientOptions(location).tls)
  if (!(error instanceof NoHandshake)) return error
  // One without TLS waits for the rest of the handshake.
  const { host, port } = location.nodes[0] ?? NOWHERE
  const said = await listen(location)
  if (said === null || !isReply(said)) return null
  return new WrongProtocolError(`the Sentinel at ${host}:${String(port)} speaks without TLS`)
}

/** The node does not answer in time. */
class NoHandshake extends Error {}

/** @returns null: it succeeds */
async function shakeHands(location: RedisLocation, options: ConnectionOptions | undefined): Promise<Error | null> {
  const [node = NOWHERE] = location.nodes
  return await new Promise<Error | null>((resolve) => {
    const socket = connectTls({ ...options, ...node })
    const done = (error: Error | null): void => {
      timer.clear()
      socket.destroy()
      resolve(error)
    }
    const timer = deadline(() => {
      done(new NoHandshake())
    }, PATIENCE)
    socket.once('secureConnect', () => {
      done(null)
    })
    socket.once('error', done)
  })
}

/** {@link askReason} of one server. Calls of the same second share one connection: a server that is full gets no more because many wait. */
export class Question {
  #answer: Promise<Error | null> | null = null
  #askedAt = 0

  constructor(private readonly location: RedisLocation) {}

  /** The error to throw when the server was away for too long. @param known - why, as far as it is known */
  async unreachable(known: Error | null): Promise<BrokerUnreachableError> {
    const { address, timeout, sentinel } = this.location
    // Of Sentinels, ioredis does not say why.
    const reason = !known || isWithoutReason(known) || sentinel ? ((await this.#ask()) ?? known) : known
    return unusable(address, timeout, reason)
  }

  /** Whether the URL has TLS. */
  get isOfTls(): boolean {
    return this.location.tls !== null
  }

  /** What is wrong with TLS; null: nothing, or that is not known. */
  async tlsMismatch(): Promise<Error | null> {
    const reason = await this.#ask()
    return reason && isTlsMismatch(reason) ? reason : null
  }

  async #ask(): Promise<Error | null> {
    if (!this.#answer || performance.now() - this.#askedAt > ASK_AGAIN_AFTER) {
      // Options of TLS that cannot be read are a reason, too.
      this.#answer = askReason(this.location)
        .catch(toError)
        .then((reason) => reason && plainly(reason))
      this.#askedAt = performance.now()
    }
    return await this.#answer
  }
}
