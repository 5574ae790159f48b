import type { Encoded } from '../model/encoded.js'
import type { NewTask } from '../stores/broker.js'
import { APART_BYTES } from '../stores/policy.js'

/** What tasks that were queued together often have in common. */
interface Kind extends Pick<NewTask, 'job' | 'tags' | 'priority' | 'inbox'> {
  /** When the task is due, by `performance.now()`; 0: it was ready at once. */
  readonly due: number
}

const NO_TAGS: readonly string[] = []

/** Tasks that follow one another and are alike. */
interface Run {
  readonly kind: Kind
  count: number
}

/**
 * Tasks as a few values: ids and bodies lie in one text. What lives for seconds is copied by the garbage collector, and a text costs it
 * far less than the objects of a thousand tasks.
 */
export class PackedTasks {
  /** One for the tasks of each call: ids and bodies in turn. Once no more are added, one of all. */
  #texts: string[] = []
  /** The lengths of those, two a task; numbers alone once no more are added. */
  #lengths: number[] | Uint32Array = []
  /** Bodies that are no text, or a long one, by place: to put a long one together with others takes longer than to keep it. */
  readonly #apart: (Encoded | undefined)[] = []
  readonly #runs: Run[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  /** @param now - `performance.now()` */
  add(tasks: readonly NewTask[], now: number): void {
    if (this.#lengths instanceof Uint32Array) throw new Error('expected tasks that are not packed yet')
    const lengths = this.#lengths
    const parts: string[] = []
    let run = this.#runs.at(-1)
    for (const task of tasks) {
      const { id, body, delay } = task
      const text = typeof body === 'string' && body.length < APART_BYTES ? body : ''
      if (body !== text) this.#apart[this.#length] = body
      parts.push(id, text)
      lengths.push(id.length, text.length)
      const due = delay > 0 ? now + delay : 0
      if (run?.kind.due !== due || !isOfKind(task, run.kind)) {
        run = { kind: kindOf(task, due), count: 0 }
        this.#runs.push(run)
      }
      run.count += 1
      this.#length += 1
    }
    // At once: each text that is still by itself when garbage is collected costs as much as all of them together.
    this.#texts.push(parts.join(''))
  }

  /** No more tasks are added. */
  pack(): void {
    if (this.#lengths instanceof Uint32Array) return
    this.#lengths = Uint32Array.from(this.#lengths)
    this.#texts = [this.#texts.join('')]
  }

  /**
   * @param now - `performance.now()`
   * @returns the tasks in their order, to be queued again: the store may have them
   */
  unpack(now: number): NewTask[] {
    this.pack()
    const [all = ''] = this.#texts
    const lengths = this.#lengths
    let end = 0
    const next = (i: number): string => all.slice(end, (end += lengths[i] ?? 0))
    const tasks: NewTask[] = []
    for (const { kind, count } of this.#runs) {
      const { due, ...like } = kind
      const delay = Math.max(0, Math.round(due - now))
      for (let left = count; left > 0; left--) {
        const place = tasks.length
        const id = next(2 * place)
        const text = next(2 * place + 1)
        tasks.push({ id, body: this.#apart[place] ?? text, delay, checkDuplicate: true, ...like })
      }
    }
    return tasks
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
