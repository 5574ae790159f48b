import { systemTime } from '../util/timers.js'

/** Time for which a look is shown to all who ask for the same, ms. */
const KEPT = 5_000
/** The same where all queues are looked at, for each of them, ms: two commands a second, however many there are. */
const KEPT_A_QUEUE = 500
/** Most looks that are kept. */
const MOST = 200

/** Looks at the store that viewers share: twenty tabs with one chart cost what one costs. */
export class KeptLooks {
  readonly #looks = new Map<string, { readonly until: number; readonly answer: Promise<unknown> }>()

  /**
   * The look of a name: the last one, unless it is too old. One that fails is not kept.
   *
   * @param queues - how many queues such looks are at: with many, each is kept for longer, so that they cost the store no more
   */
  async get<T>(name: string, look: () => Promise<T>, queues = 1): Promise<T> {
    const now = systemTime()
    const known = this.#looks.get(name)
    if (known !== undefined && now < known.until) return await (known.answer as Promise<T>)
    const answer = look()
    for (const [key, { until }] of this.#looks) if (now >= until || this.#looks.size > MOST) this.#looks.delete(key)
    this.#looks.set(name, { until: now + Math.max(KEPT, queues * KEPT_A_QUEUE), answer })
    answer.catch(() => this.#looks.delete(name))
    return await answer
  }
}
