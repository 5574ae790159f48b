import type { Encoded } from '../util/encoded.js'

/** What a runner gives whose job's result was encoded where it ran: the outcome of a success, ready to be stored. */
export class EncodedOutcome {
  constructor(readonly bytes: Encoded) {}
}
