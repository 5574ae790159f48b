import type { NewTask } from '../../broker.js'
import { APART_BYTES } from '../../policy.js'
import type { Bytes } from './bytes.js'
import { bytesOf, bytesOfEncoded, inOnePiece, NONE } from './bytes.js'
import { newHead } from './live-task.js'
import { pack, packBytes, packCount, packLength } from './packed.js'

/** Arguments of the scripts that queue tasks, all of one priority, and all ready or all delayed. */
export type TaskArguments = Readonly<Record<'priority', number> & Record<'delays' | 'tasks', Bytes>>

export function taskArguments(tasks: readonly NewTask[]): TaskArguments {
  return argumentsOf(tasks, packTasks(tasks))
}

function argumentsOf(tasks: readonly NewTask[], packed: Bytes): TaskArguments {
  const { priority = 0, delay = 0 } = tasks[0] ?? {}
  const delays = delay > 0 ? pack(tasks.map((task) => bytesOf(String(task.delay)))) : NONE
  // Member by member: V8 gives each object with a spread and members behind it a shape of its own, and every use of one has to learn it.
  return { priority, delays, tasks: packed }
}

/** The arguments of tasks of which some are large, and the list of the ends of their live tasks. */
export function largeArguments(tasks: readonly NewTask[]): {
  readonly args: TaskArguments
  readonly list: readonly Bytes[]
} {
  const list: Bytes[] = []
  let packed: string = packCount(2 * tasks.length)
  for (const task of tasks) {
    const body = bytesOfEncoded(task.body)
    const isApart = body.length >= APART_BYTES
    list.push(isApart ? body : NONE)
    packed += packBytes(bytesOf(task.id))
    packed += packBytes((newHead(task) + (isApart ? '' : body)) as Bytes)
  }
  return { args: argumentsOf(tasks, packed as Bytes), list }
}

/** Two values a task: its id, and the live task without its times. */
function packTasks(tasks: readonly NewTask[]): Bytes {
  return packTexts(tasks) ?? packEach(tasks)
}

/**
 * The same where all ids and bodies are ASCII texts, which are their own bytes; null: some are not. One look at the whole tells that, and
 * costs less than one at each: nothing but the frames takes two bytes a character as UTF-8.
 */
function packTexts(tasks: readonly NewTask[]): Bytes | null {
  let packed: string = packCount(2 * tasks.length)
  let wide = wideIn(packed)
  let frame = frameOf(0)
  let idLength = -1
  let starts: Starts | null = null
  for (const task of tasks) {
    const { id, body } = task
    if (typeof body !== 'string') return null
    if (!starts?.isOf(task)) starts = startsOf(task)
    if (id.length !== idLength) frame = frameOf((idLength = id.length))
    const start = starts.before(body.length)
    // Each by itself: a part that is put together first is one more string.
    packed += frame.bytes
    packed += id
    packed += start.bytes
    packed += body
    wide += frame.wide + start.wide
  }
  return Buffer.byteLength(packed) === packed.length + wide ? (packed as Bytes) : null
}

function packEach(tasks: readonly NewTask[]): Bytes {
  let packed: string = packCount(2 * tasks.length)
  for (const task of tasks) {
    const body = bytesOfEncoded(task.body)
    packed += packBytes(bytesOf(task.id))
    packed += startsOf(task).before(body.length).bytes
    packed += body
  }
  return packed as Bytes
}

/** Bytes that stand between ids and bodies. */
interface Between {
  readonly bytes: Bytes
  /** Number of its characters that take two bytes as UTF-8. */
  readonly wide: number
}

function between(text: string): Between {
  const bytes = inOnePiece(text)
  return { bytes, wide: wideIn(bytes) }
}

function wideIn(text: string): number {
  return Buffer.byteLength(text) - text.length
}

/** Lengths that are kept: those of most ids, and of small bodies. */
const SHORT = 256

const frames: Between[] = []

/** The frame of an id. */
function frameOf(length: number): Between {
  if (length >= SHORT) return between(packLength(length))
  return (frames[length] ??= between(packLength(length)))
}

/** What stands before the bodies of like tasks: the frame of the live task, and its head. */
class Starts {
  readonly #head: Bytes
  /** By the length of the body. */
  readonly #known: Between[] = []

  constructor(private readonly like: Pick<NewTask, 'job' | 'inbox' | 'priority' | 'tags'>) {
    this.#head = newHead(like)
  }

  isOf({ job, inbox, priority, tags }: NewTask): boolean {
    const { like } = this
    return job === like.job && inbox === like.inbox && priority === like.priority && tags === like.tags
  }

  before(length: number): Between {
    if (length >= SHORT) return this.#made(length)
    return (this.#known[length] ??= this.#made(length))
  }

  #made(length: number): Between {
    return between(packLength(this.#head.length + length) + this.#head)
  }
}

/** Those of the last tasks of each job. */
const known = new Map<string, Starts>()
/** Most of those to keep. */
const MOST_KNOWN = 100

function startsOf(task: NewTask): Starts {
  const { job, inbox, priority, tags } = task
  const last = known.get(job)
  if (last?.isOf(task)) return last
  const starts = new Starts({ job, inbox, priority, tags })
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(job, starts)
  return starts
}
