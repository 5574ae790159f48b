import { types } from 'node:util'

/**
 * Passes on the answer of a user's function that must answer at once. A function that is async by mistake gives a promise;
 * nobody awaits it, and its rejection would end the process.
 */
export function unawaited<T>(answer: T): T {
  if (types.isPromise(answer)) answer.catch(() => undefined)
  return answer
}
