import type { Redis } from 'ioredis'
import { SentinelConnector } from 'ioredis'

/** The members of ioredis' connector that are not in its types. */
interface Members {
  /** Makes a client of one Sentinel: to ask it, or to hear of failovers. */
  connectToSentinel: (this: unknown, ...args: unknown[]) => Redis
}

/**
 * The connector of ioredis, whose clients of Sentinels say nothing on the console. A Sentinel that cannot be reached is nothing to
 * report while another one answers; where none does, the connection reports it.
 */
export class QuietSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as ConstructorParameters<typeof SentinelConnector>[0])
  }
}

const members = QuietSentinelConnector.prototype as unknown as Members
const { connectToSentinel } = members
members.connectToSentinel = function (...args) {
  return connectToSentinel.apply(this, args).on('error', () => undefined)
}
