import { systemTime } from '../util/timers.js'

/** Time for which a look is shown to all who ask for the same, ms. */
const KEPT = 5_000
/** Most looks that are kept. */
const MOST = 200

/** Looks at the store that viewers share: twenty tabs with one chart cost what one costs. */
export class KeptLooks {
  readonly #looks = new Map<string, { readonly at: number; readonly answer: Promise<unknown> }>()

  /** The look of a name: the last one, unless it is too old. One that fails is not kept. */
  async get<T>(name: string, look: () => Promise<T>): Promise<T> {
    const now = systemTime()
    const known = this.#looks.get(name)
    if (known !== undefined && now - known.at < KEPT) return await (known.answer as Promise<T>)
    const answer = look()
    for (const [key, { at }] of this.#looks) if (now - at >= KEPT || this.#looks.size > MOST) this.#looks.delete(key)
    this.#looks.set(name, { at: now, answer })
    answer.catch(() => this.#looks.delete(name))
    return await answer
  }
}
