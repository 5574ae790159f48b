import { described, InvalidOptionError } from '../errors.js'

/** The names that fit, as errors say it. */
export const NAME_RULE = 'a well-formed string of 1 to 200 characters without control characters'

const LONGEST_NAME = 200
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/

/**
 * Whether a text of a user can name something in a store: a task, a queue, a job, a lock. Text with half a surrogate pair
 * cannot: stores keep UTF-8, in which all such halves become the same character, and different names one.
 */
export function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= LONGEST_NAME &&
    value.isWellFormed() &&
    !CONTROL.test(value)
  )
}

/** @throws {@link InvalidOptionError} for what cannot name anything in a store */
export function checkName(option: string, value: unknown): string {
  if (isName(value)) return value
  throw new InvalidOptionError(option, NAME_RULE, described(value))
}

/** What a name has to be besides, to be that of a queue, as errors say it: `mail/3` will address a partition of `mail`. */
export const QUEUE_RULE = 'not ending in / and digits, as partitions of queues do (mail-3 fits, mail/3 does not)'

/** Whether a name is not that of a partition. */
export function isWholeQueue(name: string): boolean {
  return !/\/\d+$/.test(name)
}

/** The names of queues that fit, as errors say it. */
export const QUEUE_NAME_RULE = `${NAME_RULE}, ${QUEUE_RULE}`

/** Whether a text of a user can name a queue. */
export function isQueueName(value: unknown): value is string {
  return isName(value) && isWholeQueue(value)
}

/** The last queue that a call has named. The next call nearly always names the same one. */
let lastQueue = ''

/** @throws {@link InvalidOptionError} for what cannot name a queue */
export function checkQueueName(option: string, value: unknown): string {
  if (value === lastQueue && value !== '') return value
  if (isQueueName(value)) {
    lastQueue = value
    return value
  }
  throw new InvalidOptionError(option, QUEUE_NAME_RULE, described(value))
}
