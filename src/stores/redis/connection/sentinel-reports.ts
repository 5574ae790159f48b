/** What ioredis says of one Sentinel. */
const FAILED = /^failed to connect to sentinel (\S+) because (.*)$/s
const NO_MASTER =
  /^connected to sentinel (\S+) successfully, but got an invalid reply|^failed to connect to sentinel (\S+) because ERR No such master/
/** What it says of all of them together. */
const SUMMARY = 'All sentinels are unreachable'
/** Reasons that say no more than that nothing listens there. */
const UNREACHABLE = /ECONN|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|timed out|Connection is closed/

/**
 * Says why no Sentinel leads to the master. Of all of them together ioredis says that they are unreachable, also where each has
 * answered. Created by the connection, which passes on what ioredis says of each Sentinel.
 */
export class SentinelReports {
  /** The most telling one since the last summary. */
  #report: string | null = null

  /** @param name - the name of the master */
  constructor(private readonly name: string) {}

  /** Takes in what ioredis says of one Sentinel. */
  note({ message }: Error): void {
    const [, at, why] = FAILED.exec(message) ?? []
    const [, silent, ignorant = silent] = NO_MASTER.exec(message) ?? []
    if (ignorant !== undefined)
      this.#report = `the Sentinel at ${ignorant} knows no master named ${JSON.stringify(this.name)}`
    else if (at !== undefined && why !== undefined && (this.#report === null || !UNREACHABLE.test(why))) {
      this.#report = `the Sentinel at ${at} ${UNREACHABLE.test(why) ? 'does not answer' : `says ${why}`}`
    }
  }

  /** The error to report in place of one of ioredis. */
  explain(error: Error): Error {
    if (!error.message.startsWith(SUMMARY)) return error
    const report = this.#report ?? error.message
    this.#report = null
    return new Error(`no Sentinel leads to the master: ${report}`)
  }
}
