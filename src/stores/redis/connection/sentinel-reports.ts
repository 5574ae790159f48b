import { plainWords } from './redis-errors.js'

/** What ioredis says of one Sentinel. */
const FAILED = /^failed to connect to sentinel (\S+) because (.*)$/s
const NO_MASTER =
  /^connected to sentinel (\S+) successfully, but got an invalid reply|^failed to connect to sentinel (\S+) because ERR No such master/
/** What it says of all of them together. */
const SUMMARY = 'All sentinels are unreachable'
/** Reasons that say no more than that nothing listens there. */
const UNREACHABLE = /ECONN|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|timed out|Connection is closed/

/** What a Sentinel says for as long as its settings, or our URL, are what they are. */
const SETTING = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR invalid password|ERR unknown command)/

/** No Sentinel leads to the master. */
export class NoMasterError extends Error {
  constructor(
    report: string,
    /** Whether each of them has refused us, or knows no such master: trying again changes nothing. */
    readonly isRefusal: boolean,
  ) {
    super(`no Sentinel leads to the master: ${report}`)
  }
}

/**
 * Says why no Sentinel leads to the master. Of all of them together ioredis says that they are unreachable, also where each has
 * answered. Created by the connection, which passes on what ioredis says of each Sentinel.
 */
export class SentinelReports {
  /** The most telling one since the last summary. */
  #report: string | null = null
  /** Whether one of them may say something else in a moment. */
  #mayChange = false

  /** @param name - the name of the master */
  constructor(private readonly name: string) {}

  /** Takes in what ioredis says of one Sentinel. */
  note({ message }: Error): void {
    const [, at, why] = FAILED.exec(message) ?? []
    const [, silent, ignorant = silent] = NO_MASTER.exec(message) ?? []
    if (ignorant === undefined && !SETTING.test(why ?? '')) this.#mayChange = true
    if (ignorant !== undefined)
      this.#report = `the Sentinel at ${ignorant} knows no master named ${JSON.stringify(this.name)}`
    else if (at !== undefined && why !== undefined && (this.#report === null || !UNREACHABLE.test(why))) {
      const said = UNREACHABLE.test(why) ? 'does not answer' : plainWords(`says ${why}`)
      this.#report = `the Sentinel at ${at} ${said}`
    }
  }

  /** The error to report in place of one of ioredis. */
  explain(error: Error): Error {
    if (!error.message.startsWith(SUMMARY)) return error
    const found = new NoMasterError(this.#report ?? error.message, this.#report !== null && !this.#mayChange)
    this.#report = null
    this.#mayChange = false
    return found
  }
}
