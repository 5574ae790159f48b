import { isolated } from '../../isolated.js'
import type { Concerns } from './histories.js'

type Listener = (concerns: Concerns | null) => void

/** Those who hear of changes of histories. */
export class ChangeListeners {
  readonly #listeners = new Set<Listener>()

  /** @returns ends that */
  add(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  tell(concerns: Concerns | null): void {
    for (const listener of [...this.#listeners]) {
      isolated(() => {
        listener(concerns)
      })
    }
  }
}
