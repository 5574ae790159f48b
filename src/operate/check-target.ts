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
