import { isPulsarError } from '../errors.js'

/**
 * Whether a store is gone for good, as its error says: it refuses every later call of this process, whatever happens outside. What waits for
 * such a store must end. All other refusals may pass, since somebody can put the store right while the process runs: one that cannot
 * be reached, is full, forbids the user what is needed, or has data of another layout.
 */
export function isGone(error: unknown): boolean {
  return isPulsarError(error, 'PQ_CLOSED') || (isPulsarError(error, 'PQ_EMBEDDED_DIRECTORY') && error.isGone)
}
