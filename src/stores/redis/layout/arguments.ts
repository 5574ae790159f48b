import type { Encoded } from '../../../model/encoded.js'
import { toBuffer } from '../../../model/encoded.js'
import type { NewTask } from '../../broker.js'

/** An argument of a script. */
export type Argument = string | Buffer

/** An encoded value as an argument. ioredis writes bytes as bytes only if they are a Buffer, and as text otherwise. */
export function blob(value: Encoded): Argument {
  return typeof value === 'string' ? value : toBuffer(value)
}

/** The arguments of one task for `queue-tasks.lua`. @param done - number of its done key among those of the call; 0: none */
export function taskArguments(task: NewTask, done: number): Argument[] {
  const { id, job, tags, body, priority, delay, inbox } = task
  const named = `${JSON.stringify([job, tags])}\n`
  const value = typeof body === 'string' ? named + body : Buffer.concat([Buffer.from(named), body])
  return [id, value, String(priority), String(delay), inbox ?? '', String(done)]
}
