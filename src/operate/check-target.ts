import { described, InvalidOptionError } from '../errors.js'
import { checkQueueName } from '../model/name.js'
import type { ActName } from './acts.js'

/**
 * Checks what an act is given beside its tasks: a priority, or the queue of a move. Other acts are given nothing.
 *
 * @throws {@link InvalidOptionError}
 */
export function checkTarget(act: ActName, to: unknown): void {
  if (act === 'move') checkQueueName('queue', to)
  if (act !== 'prioritize') return
  if (typeof to === 'number' && Number.isInteger(to) && to >= 0 && to <= 9) return
  throw new InvalidOptionError('priority', 'a whole number from 0 to 9', described(to))
}

/**
 * A move that would move nothing is a mistake. Tasks that are there already, beside others, are passed by.
 *
 * @throws {@link InvalidOptionError}
 */
export function refuseOwnQueue(groups: readonly { readonly queue: string }[], to: unknown): void {
  if (groups.length === 0 || groups.some(({ queue }) => queue !== to)) return
  throw new InvalidOptionError('queue', 'another one than that in which the tasks wait already', described(to))
}
