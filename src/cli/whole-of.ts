import { UsageError } from './report-error.js'

/** The number that an option has; undefined: it is not there. @throws {@link UsageError} */
export function wholeOf(option: string, text: string | undefined, least = 1): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= least && Number.isSafeInteger(number)) return number
  throw new UsageError(`expected ${option} to be a whole number, ${String(least)} or more, got ${JSON.stringify(text)}`)
}
