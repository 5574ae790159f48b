import type { Encoded } from '../model/encoded.js'
import type { NewTask } from '../stores/broker.js'

/** What tasks of one call often have in common. */
type Kind = Pick<NewTask, 'job' | 'tags' | 'priority' | 'delay' | 'inbox'>

const NO_TAGS: readonly string[] = []

/**
 * Tasks as a few values: ids and bodies lie in one text. What lives for seconds is copied by the garbage collector, and a text costs it
 * far less than the objects of a thousand tasks.
 */
export class PackedTasks {
  readonly #text: string
  /** Two a task: where its id and its body end. */
  readonly #ends: Uint32Array
  /** Bodies that are no text, by place. */
  readonly #bytes: (Encoded | undefined)[] = []
  /** The kind of each task: one object for tasks that follow one another and are alike. */
  readonly #kinds: Kind[] = []

  constructor(tasks: readonly NewTask[]) {
    const parts: string[] = []
    const ends = new Uint32Array(tasks.length * 2)
    let kind: Kind | undefined
    let end = 0
    for (const task of tasks) {
      const { id, body } = task
      const text = typeof body === 'string' ? body : ''
      if (body !== text) this.#bytes[this.#kinds.length] = body
      ends[parts.length] = end += id.length
      ends[parts.length + 1] = end += text.length
      parts.push(id, text)
      // Calls of a turn are often alike.
      if (!kind || !isOfKind(task, kind)) kind = kindOf(task)
      this.#kinds.push(kind)
    }
    this.#text = parts.join('')
    this.#ends = ends
  }

  get length(): number {
    return this.#kinds.length
  }

  /** @returns the tasks in their order, to be queued again: the store may have them */
  unpack(): NewTask[] {
    let start = 0
    return this.#kinds.map((kind, i) => {
      const [idEnd = 0, end = 0] = this.#ends.subarray(i * 2)
      const id = this.#text.slice(start, idEnd)
      const body = this.#bytes[i] ?? this.#text.slice(idEnd, end)
      start = end
      return { ...kind, id, body, checkDuplicate: true }
    })
  }
}

function kindOf({ job, tags, priority, delay, inbox }: NewTask): Kind {
  return { job, tags: tags.length === 0 ? NO_TAGS : tags, priority, delay, inbox }
}

function isOfKind(task: NewTask, kind: Kind): boolean {
  return (
    task.job === kind.job &&
    task.priority === kind.priority &&
    task.delay === kind.delay &&
    task.inbox === kind.inbox &&
    (task.tags === kind.tags || (task.tags.length === 0 && kind.tags.length === 0))
  )
}
