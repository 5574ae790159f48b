import type { NewTask } from '../../broker.js'
import type { Bytes } from './bytes.js'
import { bytesOf } from './bytes.js'
import { newTail } from './live-task.js'
import { pack } from './packed.js'

/** Arguments of the scripts that queue tasks, all of one priority and delay. */
export function taskArguments(tasks: readonly NewTask[]): Readonly<Record<string, Bytes | number>> {
  const { priority = 0, delay = 0 } = tasks[0] ?? {}
  return { priority, delay, tasks: pack(tasks.flatMap((task) => [bytesOf(task.id), newTail(task)])) }
}
