import { sharedClock } from '../util/clock.js'

/** An answer of the permit store, and when it was asked for, on the shared clock. */
export interface TimelyAnswer<T> {
  readonly answer: T
  readonly since: number
}

/**
 * Asks the permit store, and asks again where the answer took as long as a permit lasts: the process may have been stopped meanwhile,
 * and somebody else may have the permit by now. A holder that still has it gets it again.
 *
 * @param ttl - time to live of a permit, ms
 */
export async function acquiredInTime<T>(ttl: number, ask: () => Promise<T>): Promise<TimelyAnswer<T>> {
  for (;;) {
    const since = sharedClock()
    const answer = await ask()
    if (sharedClock() - since < ttl) return { answer, since }
  }
}
