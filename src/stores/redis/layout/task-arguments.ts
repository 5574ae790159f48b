import type { NewTask } from '../../broker.js'
import type { Bytes } from './bytes.js'
import { bytesOf, bytesOfEncoded, NONE } from './bytes.js'
import { newHead } from './live-task.js'
import { pack, packCount, packLength } from './packed.js'

/** Arguments of the scripts that queue tasks, all of one priority, and all ready or all delayed. */
export function taskArguments(tasks: readonly NewTask[]): Readonly<Record<string, Bytes | number>> {
  const { priority = 0, delay = 0 } = tasks[0] ?? {}
  const delays = delay > 0 ? pack(tasks.map((task) => bytesOf(String(task.delay)))) : NONE
  return { priority, delays, tasks: packTasks(tasks) }
}

/** Two values a task: its id, and the live task without its times. */
function packTasks(tasks: readonly NewTask[]): Bytes {
  const isAscii = areAscii(tasks)
  let packed: string = packCount(2 * tasks.length)
  let like: NewTask | null = null
  let head = NONE
  for (const task of tasks) {
    if (like === null || !isLike(task, like)) head = newHead(task)
    like = task
    const id = isAscii ? task.id : bytesOf(task.id)
    const body = isAscii ? (task.body as string) : bytesOfEncoded(task.body)
    // Each by itself: a part that is put together first is one more string.
    packed += packLength(id.length)
    packed += id
    packed += packLength(head.length + body.length)
    packed += head
    packed += body
  }
  return packed as Bytes
}

/** Whether all ids and bodies are ASCII texts, which are their own bytes. One look at all of them costs less than one at each. */
function areAscii(tasks: readonly NewTask[]): boolean {
  let all = ''
  for (const { id, body } of tasks) {
    if (typeof body !== 'string') return false
    all += id
    all += body
  }
  return Buffer.byteLength(all) === all.length
}

/** Whether two tasks of a call have the same head. */
function isLike(task: NewTask, other: NewTask): boolean {
  return (
    task.job === other.job && task.inbox === other.inbox && task.priority === other.priority && task.tags === other.tags
  )
}
