import { healthOf } from '../../dashboard/health.js'
import type { Control } from '../../operate/control.js'
import type { StoreOverview } from '../../operate/looks.js'
import { watchQueues } from '../../operate/watch-queues.js'
import { clearInterval, setInterval, systemTime } from '../../util/timers.js'
import { keptOrNull } from '../../operate/kept-or-null.js'
import { drawTop } from './draw-top.js'
import type { Key } from './full-screen.js'
import { FullScreen } from './full-screen.js'
import { jobLooks } from './job-looks.js'
import type { TopState } from './top-state.js'
import { afterKey, FIRST_STATE } from './top-state.js'
import type { TopLook } from './views.js'
import { viewTable } from './views.js'

/** How often the screen is drawn, ms. */
const DRAW_EVERY = 1_000

/** One run of `pq top`: what was seen last, and what the viewer has chosen. */
export class Top {
  #state: TopState = FIRST_STATE
  #look: TopLook | null = null
  /** What is drawn while the screen is held. */
  #held: TopLook | null = null
  #trouble: string | null = null
  readonly #screen: FullScreen

  constructor(
    private readonly control: Control,
    private readonly store: string,
  ) {
    this.#screen = new FullScreen({ lines: this.#lines, pressed: this.#pressed })
  }

  /** Runs until the viewer or a signal ends it. */
  async run(): Promise<void> {
    const [seen, away] = [this.#seen, this.#away]
    this.#screen.open()
    const timer = setInterval(this.#screen.draw, DRAW_EVERY)
    try {
      await watchQueues(async () => await this.control.overview(), { seen, away }, this.#screen.ended)
    } finally {
      clearInterval(timer)
      this.#screen.close()
    }
  }

  readonly #seen = async ({ queues, workers }: StoreOverview): Promise<void> => {
    const health = healthOf(queues)
    this.#trouble = health.state === 'ok' ? null : health.says
    const isFirst = this.#look === null
    this.#look = {
      jobs: undefined,
      problems: undefined,
      ...this.#look,
      at: systemTime(),
      queues,
      workers,
    }
    if (isFirst) this.#screen.draw()
    await this.#lookCloser()
  }

  readonly #away = (says: string): void => {
    this.#trouble = says
  }

  /** Looks at what only one view shows. */
  async #lookCloser(): Promise<void> {
    const { view } = this.#state
    if (this.#look === null || (view !== 'jobs' && view !== 'problems')) return
    const more =
      view === 'jobs'
        ? { jobs: await keptOrNull(jobLooks(this.control, this.#look.queues)) }
        : { problems: await keptOrNull(this.control.problems()) }
    this.#look = { ...this.#look, ...more }
    this.#screen.draw()
  }

  readonly #lines = (columns: number, rows: number): string[] => {
    const frame = {
      store: this.store,
      trouble: this.#trouble,
      clock: new Date(systemTime()).toTimeString().slice(0, 8),
    }
    return drawTop(this.#state, this.#state.isPaused ? this.#held : this.#look, frame, columns, rows)
  }

  readonly #pressed = (key: Key): void => {
    const before = this.#state
    if (key.text === 'q' && !before.isTyping) {
      this.#screen.end()
      return
    }
    const look = before.isPaused ? this.#held : this.#look
    const table = look === null ? null : viewTable(before.view, look)
    this.#state = afterKey(before, key, table?.heads.length ?? 1)
    if (this.#state.isPaused && !before.isPaused) this.#held = this.#look
    // What goes wrong goes wrong again with the next look, which tells of it.
    if (this.#state.view !== before.view) void this.#lookCloser().catch(() => undefined)
  }
}
