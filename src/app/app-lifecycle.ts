import type { Logger } from '../logging/logger.js'
import { isGone } from '../stores/is-gone.js'
import { errorMessage } from '../util/thrown.js'

/** How a part of an app ends. */
export interface ClosablePart {
  /** Lets the part finish its work and take no more. All parts do this at the same time. */
  stop?(): void | Promise<void>
  /** Lets go of what the part holds. The parts do this one after another, the last opened first. */
  close?(): void | Promise<void>
}

/**
 * The parts that an app, or its server, has opened. It is used once, for one opening and one closing.
 *
 * 1. `open()` runs the steps of an opening; each step adds its part as soon as there is something to close. 2. `close()`
 * stops all parts at the same time, then closes them in reverse order. A part that fails is logged and does not keep the
 * others open. 3. An opening that fails ends with the same `close()`.
 */
export class AppLifecycle {
  readonly #parts: { readonly name: string; readonly part: ClosablePart }[] = []
  #closing: Promise<void> | null = null

  constructor(private readonly logger: Logger) {}

  /**
   * Runs the steps of an opening.
   *
   * @throws the error of the step that failed, after everything that was added is closed
   */
  async open<T>(steps: () => Promise<T>): Promise<T> {
    try {
      return await steps()
    } catch (error) {
      // Failures of the closing are logged; the caller needs to know why the opening failed.
      await this.close().catch(() => undefined)
      throw error
    }
  }

  /** @param name - of the part, for the log */
  add(name: string, part: ClosablePart): void {
    this.#parts.push({ name, part })
  }

  /**
   * Safe to call twice. That a store is gone for good is no failure: what waited for it and whoever called it was told.
   *
   * @throws the first failure, after all parts are closed
   */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #close(): Promise<void> {
    const failures: unknown[] = []
    const guard = async (name: string, act: () => void | Promise<void>): Promise<void> => {
      try {
        await act()
      } catch (error) {
        if (isGone(error)) return
        failures.push(error)
        this.logger.error(`closing the ${name} failed: ${errorMessage(error)}`)
      }
    }
    const parts = [...this.#parts].reverse()
    await Promise.all(parts.map(async ({ name, part }) => await guard(name, () => part.stop?.())))
    for (const { name, part } of parts) await guard(name, () => part.close?.())
    if (failures.length > 0) throw failures[0]
  }
}
