import type { Encoded } from '../model/encoded.js'
import type { NewTask } from '../stores/broker.js'

/** What tasks that were queued together often have in common. */
interface Kind extends Pick<NewTask, 'job' | 'tags' | 'priority' | 'inbox'> {
  /** When the task is due, by `performance.now()`; 0: it was ready at once. */
  readonly due: number
}

const NO_TAGS: readonly string[] = []

/**
 * Tasks as a few values: ids and bodies lie in one text. What lives for seconds is copied by the garbage collector, and a text costs it
 * far less than the objects of a thousand tasks.
 */
export class PackedTasks {
  /** Two a task: its id and its body. Once no more are added, one text of all. */
  readonly #parts: string[] = []
  /** Two a task: where its id and its body end in the text of all. */
  readonly #ends: number[] = []
  /** Bodies that are no text, by place. */
  readonly #bytes: (Encoded | undefined)[] = []
  /** The kind of each task: one object for tasks that follow one another and are alike. */
  readonly #kinds: Kind[] = []
  #end = 0

  get length(): number {
    return this.#kinds.length
  }

  /** @param now - `performance.now()` */
  add(tasks: readonly NewTask[], now: number): void {
    let kind = this.#kinds.at(-1)
    for (const task of tasks) {
      const { id, body, delay } = task
      const text = typeof body === 'string' ? body : ''
      if (body !== text) this.#bytes[this.#kinds.length] = body
      this.#parts.push(id, text)
      this.#ends.push((this.#end += id.length), (this.#end += text.length))
      const due = delay > 0 ? now + delay : 0
      if (kind?.due !== due || !isOfKind(task, kind)) kind = kindOf(task, due)
      this.#kinds.push(kind)
    }
  }

  /** No more tasks are added for now. */
  pack(): void {
    const text = this.#parts.join('')
    this.#parts.length = 0
    this.#parts.push(text)
  }

  /**
   * @param now - `performance.now()`
   * @returns the tasks in their order, to be queued again: the store may have them
   */
  unpack(now: number): NewTask[] {
    const all = this.#parts.join('')
    let start = 0
    return this.#kinds.map(({ due, ...kind }, i) => {
      const [idEnd = 0, end = 0] = this.#ends.slice(i * 2, i * 2 + 2)
      const id = all.slice(start, idEnd)
      const body = this.#bytes[i] ?? all.slice(idEnd, end)
      start = end
      return { ...kind, id, body, delay: Math.max(0, Math.round(due - now)), checkDuplicate: true }
    })
  }
}

function kindOf({ job, tags, priority, inbox }: NewTask, due: number): Kind {
  return { job, tags: tags.length === 0 ? NO_TAGS : tags, priority, inbox, due }
}

function isOfKind(task: NewTask, kind: Kind): boolean {
  return (
    task.job === kind.job &&
    task.priority === kind.priority &&
    task.inbox === kind.inbox &&
    (task.tags === kind.tags || (task.tags.length === 0 && kind.tags.length === 0))
  )
}
