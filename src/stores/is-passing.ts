import { isPulsarError } from '../errors.js'

/** Codes of the errors by which a store refuses every call for now, whatever the call contains. */
const PASSING = new Set<unknown>(['PQ_BROKER_UNREACHABLE', 'PQ_BROKER_FULL', 'PQ_EMBEDDED_DIRECTORY'])

/**
 * Whether a store refuses a call for a reason that passes: it cannot be reached, is full, or cannot be written now. The same
 * call is sent again until it is answered. Any other refusal concerns the contents of the call, or its queue, and trying again is
 * useless. A store that is gone for good refuses calls in the same way, see `isGone`: whoever must not wait for ever asks that, too.
 */
export function isPassing(error: unknown): boolean {
  return isPulsarError(error) && PASSING.has(error.code)
}
