import { isPulsarError } from '../errors.js'

/** What a store does not keep is null. */
export async function keptOrNull<T>(looked: Promise<T>): Promise<T | null> {
  try {
    return await looked
  } catch (error) {
    if (isPulsarError(error, 'PQ_NOT_KEPT')) return null
    throw error
  }
}
