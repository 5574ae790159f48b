import { isForbidden } from './redis-errors.js'

/** An answer; null where the server does not give it to this user. */
export async function allowed<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (isForbidden(error)) return null
    throw error
  }
}
