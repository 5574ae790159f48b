import type { NewTask } from '../../broker.js'
import type { Argument } from './arguments.js'
import { blob } from './arguments.js'

/** The arguments of one task for `queue-tasks.lua`. @param done - number of its done key among those of the call; 0: none */
export function taskArguments({ id, body, priority, delay, inbox }: NewTask, done: number): Argument[] {
  return [id, blob(body), String(priority), String(delay), inbox ?? '', String(done)]
}
