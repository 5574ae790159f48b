import type { NewTask } from '../../broker.js'
import type { Bytes } from './bytes.js'
import { bytesOf, NONE } from './bytes.js'
import { newTail } from './live-task.js'
import { pack, packBytes, packCount } from './packed.js'

/** Arguments of the scripts that queue tasks, all of one priority, and all ready or all delayed. */
export function taskArguments(tasks: readonly NewTask[]): Readonly<Record<string, Bytes | number>> {
  const { priority = 0, delay = 0 } = tasks[0] ?? {}
  const delays = delay > 0 ? pack(tasks.map((task) => bytesOf(String(task.delay)))) : NONE
  let packed: string = packCount(2 * tasks.length)
  for (const task of tasks) packed += packBytes(bytesOf(task.id)) + packBytes(newTail(task))
  return { priority, delays, tasks: packed as Bytes }
}
