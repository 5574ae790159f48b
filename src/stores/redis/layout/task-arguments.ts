import type { NewTask } from '../../broker.js'
import type { Argument } from './arguments.js'
import { blob } from './arguments.js'

/** What `queue.lua` takes of a task. @param done - place of its done key among the script's own, from 1; 0: none */
export function taskArguments({ id, body, priority, delay, inbox }: NewTask, done: number): Argument[] {
  return [id, blob(body), String(priority), String(delay), inbox ?? '', String(done)]
}
