import type { ErrorDetails } from '../model/error-details.js'
import { hidePasswordsOfUrls } from '../util/hide-password.js'
import { plainCopy } from '../util/plain-copy.js'
import { errorMessage, errorName, errorStack, itemsOf, member } from '../util/thrown.js'
import { startOf } from '../util/cut-text.js'

/** Something that was thrown, in words and as data. */
export interface Failure {
  /** The messages of the error and of its causes. */
  readonly error: string
  /** The stack traces of all of them; undefined: none has one. */
  readonly stack: string | undefined
  readonly details: ErrorDetails
}

/** Most errors of a chain that are read, and most characters that are kept of one of them and of all. */
const MOST_ERRORS = 16
const LONGEST_MESSAGE = 10_000
const LONGEST_STACK = 10_000
const LONGEST_TEXT = 40_000
const NO_DATA = ['name', 'message', 'stack', 'code', 'cause', 'errors']

/** An error with its causes. Each member was read once, since a getter may answer differently the next time. */
interface Link {
  readonly details: ErrorDetails
  readonly stack: string | undefined
  readonly cause: Link | undefined
  readonly errors: readonly Link[]
}

/** Reads something that was thrown, with its causes. Never throws, whatever was thrown. */
export function readFailure(thrown: unknown): Failure {
  const link = read(thrown, new Set())
  const stack = stacksOf(link)
  return {
    error: startOf(wordsOf(link), LONGEST_TEXT),
    stack: stack && startOf(stack, LONGEST_TEXT),
    details: link.details,
  }
}

function read(thrown: unknown, seen: Set<unknown>): Link {
  seen.add(thrown)
  const next = (value: unknown): Link | undefined =>
    value === undefined || value === null || seen.has(value) || seen.size >= MOST_ERRORS ? undefined : read(value, seen)
  const cause = next(member(thrown, 'cause'))
  const errors = itemsOf(member(thrown, 'errors'), MOST_ERRORS).flatMap((error) => next(error) ?? [])
  const details: ErrorDetails = {
    name: startOf(errorName(thrown), LONGEST_MESSAGE),
    message: shown(errorMessage(thrown), LONGEST_MESSAGE),
    ...codeOf(thrown),
    ...dataOf(thrown),
    ...(cause !== undefined && { cause: cause.details }),
    ...(errors.length > 0 && { errors: errors.map((error) => error.details) }),
  }
  const stack = errorStack(thrown)
  return { details, stack: stack === undefined ? undefined : shown(stack, LONGEST_STACK), cause, errors }
}

/** A password is hidden before the text is cut: half of a URL is not recognized. */
function shown(text: string, longest: number): string {
  return startOf(hidePasswordsOfUrls(text), longest)
}

function codeOf(thrown: unknown): Pick<ErrorDetails, 'code'> {
  const code = member(thrown, 'code')
  return typeof code === 'string' || typeof code === 'number' ? { code } : {}
}

function dataOf(thrown: unknown): Pick<ErrorDetails, 'data'> {
  if (typeof thrown !== 'object' || thrown === null) return {}
  const data = plainCopy(thrown, NO_DATA)
  return Object.keys(data).length === 0 ? {} : { data }
}

/** Leaves out the messages of causes that the message before them contains already. */
function wordsOf({ details, cause, errors }: Link): string {
  const unsaid = errors.map(wordsOf).filter((words) => !details.message.includes(words))
  const own = unsaid.length === 0 ? details.message : `${details.message} [${unsaid.join('; ')}]`
  const because = cause === undefined ? '' : wordsOf(cause)
  return own.includes(because) ? own : `${own}; caused by: ${because}`
}

function stacksOf({ stack, cause, errors }: Link): string | undefined {
  const parts = [
    stack,
    ...errors.map((error) => labelled('One of its errors', stacksOf(error))),
    cause && labelled('Caused by', stacksOf(cause)),
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? undefined : parts.join('\n')
}

function labelled(label: string, stacks: string | undefined): string | undefined {
  return stacks === undefined ? undefined : `${label}: ${stacks}`
}
