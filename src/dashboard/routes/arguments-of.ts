import { InvalidOptionError, described } from '../../errors.js'
import { lostNumber } from '../../util/json-numbers.js'
import { errorMessage } from '../../util/thrown.js'

/** Arguments that a page sends as a text in JSON. @throws {@link InvalidOptionError} */
export function argumentsOf(text: string): Readonly<Record<string, unknown>> {
  let args: unknown
  try {
    args = JSON.parse(text)
  } catch (error) {
    throw new InvalidOptionError('args', 'an object as JSON', errorMessage(error))
  }
  if (typeof args !== 'object' || args === null || Array.isArray(args)) {
    throw new InvalidOptionError('args', 'an object as JSON', described(args))
  }
  const lost = lostNumber(text)
  if (lost === null) return args as Readonly<Record<string, unknown>>
  const hint = 'where the job takes a bigint, write its digits as a string'
  throw new InvalidOptionError('args', 'numbers that a double of 64 bits keeps', lost, hint)
}
