import type { Redis } from 'ioredis'
import type { Question } from './ask-reason.js'
import { clearTimeout, setTimeout } from '../../../util/timers.js'
import { isTlsMismatch, NoRedisError, plainly, refusesOpening } from './redis-errors.js'
import { NoMasterError, SentinelReports } from './sentinel-reports.js'

/** Time without a word in a TLS handshake after which the server is asked whether it has TLS at all, ms. */
const SILENCE = 1_000

/**
 * Tells what goes wrong with a connection, and whether that is a refusal: trying again changes nothing while the settings of the
 * server, or ours, are what they are. What is wrong with TLS, or with the settings of Sentinels, is a refusal until the connection
 * was up once: after that it may be up again.
 */
export class OpeningWatch {
  #wasReady = false
  /** Whether the present attempt was refused, or none is made any more: nothing is left to be found out. */
  #isOver = false
  /** Whether it is being found out what is wrong with TLS. */
  #isLooking = false
  /** What is wrong where TLS is not. */
  #otherwise: Error | null = null
  /** Runs while a TLS handshake is under way. */
  #silence: NodeJS.Timeout | undefined

  /** @param report - is told each error, with whether it is a refusal */
  constructor(
    redis: Redis,
    private readonly question: Question,
    masterName: string,
    private readonly report: (error: Error, isRefusal: boolean) => void,
  ) {
    const reports = new SentinelReports(masterName)
    redis.on('ready', () => {
      this.#wasReady = true
      clearTimeout(this.#silence)
    })
    redis.on('connecting', () => {
      this.#isOver = false
      this.#awaitHandshake()
    })
    redis.on('sentinelError', (error: Error) => {
      reports.note(error)
    })
    redis.on('error', (error: Error) => {
      const explained = plainly(reports.explain(error))
      // A server with TLS says what is no reply, too.
      const isForeign = explained instanceof NoRedisError
      const isRefusal = refusesOpening(error) || (!this.#wasReady && !isForeign && isLasting(explained))
      this.#isOver ||= isRefusal
      report(explained, isRefusal)
      this.#lookAtTls(isForeign ? explained : null)
    })
    redis.on('close', () => {
      clearTimeout(this.#silence)
      this.#lookAtTls()
    })
  }

  /** Whether the connection was ever up. */
  get wasReady(): boolean {
    return this.#wasReady
  }

  close(): void {
    this.#isOver = true
    clearTimeout(this.#silence)
  }

  /** A server without TLS waits for the rest of a TLS handshake, and says nothing. */
  #awaitHandshake(): void {
    clearTimeout(this.#silence)
    if (!this.question.isOfTls || this.#wasReady) return
    this.#silence = setTimeout(() => {
      this.#lookAtTls()
    }, SILENCE).unref()
  }

  /**
   * Neither server nor ioredis says so where only one of both sides speaks TLS. Nor does ioredis, of the certificate of a Sentinel.
   *
   * @param otherwise - what is wrong where TLS is not
   */
  #lookAtTls(otherwise: Error | null = null): void {
    if (this.#wasReady || this.#isOver) return
    this.#otherwise ??= otherwise
    // A server that does not speak Redis causes an error for each line that it says.
    if (this.#isLooking) return
    this.#isLooking = true
    void this.question.tlsMismatch().then((mismatch) => {
      const reason = mismatch ?? this.#otherwise
      this.#otherwise = null
      this.#isLooking = false
      if (reason && !this.#wasReady) this.report(reason, true)
    })
  }
}

function isLasting(error: Error): boolean {
  return error instanceof NoMasterError ? error.isRefusal : isTlsMismatch(error)
}
