import { toError } from '../util/thrown.js'

/**
 * Calls a listener. An error of it is a warning of the process: it keeps the message from no other listener, and the messages
 * behind it from none.
 */
export function isolated(listen: () => void): void
export function isolated<T>(listen: (message: T) => void, message: T): void
export function isolated<T>(listen: (message?: T) => void, message?: T): void {
  try {
    listen(message)
  } catch (error) {
    process.emitWarning(toError(error))
  }
}
