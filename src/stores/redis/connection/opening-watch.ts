import type { Redis } from 'ioredis'
import type { Question } from './ask-reason.js'
import { isTlsMismatch, refusesOpening } from './redis-errors.js'
import { NoMasterError, SentinelReports } from './sentinel-reports.js'

/**
 * Tells what goes wrong with a connection, and whether that is a refusal: trying again changes nothing while the settings of the
 * server, or ours, are what they are. What is wrong with TLS, or with the settings of Sentinels, is a refusal until the connection
 * was up once: after that it may be up again.
 */
export class OpeningWatch {
  #wasReady = false
  /** Whether the present attempt was refused, or none is made any more: nothing is left to be found out. */
  #isOver = false

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
    })
    redis.on('connecting', () => {
      this.#isOver = false
    })
    redis.on('sentinelError', (error: Error) => {
      reports.note(error)
    })
    redis.on('error', (error: Error) => {
      const explained = reports.explain(error)
      const isRefusal = refusesOpening(error) || (!this.#wasReady && isLasting(explained))
      this.#isOver ||= isRefusal
      report(explained, isRefusal)
      this.#lookAtTls()
    })
    redis.on('close', () => {
      this.#lookAtTls()
    })
  }

  /** Whether the connection was ever up. */
  get wasReady(): boolean {
    return this.#wasReady
  }

  close(): void {
    this.#isOver = true
  }

  /** Neither server nor ioredis says so where only one of both sides speaks TLS. Nor does ioredis, of the certificate of a Sentinel. */
  #lookAtTls(): void {
    if (this.#wasReady || this.#isOver) return
    void this.question.tlsMismatch().then((mismatch) => {
      if (mismatch && !this.#wasReady) this.report(mismatch, true)
    })
  }
}

function isLasting(error: Error): boolean {
  return error instanceof NoMasterError ? error.isRefusal : isTlsMismatch(error)
}
