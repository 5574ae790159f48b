import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { EmbeddedDirectoryError } from '../../../errors.js'
import { performance } from '../../../util/timers.js'

/** A file that was there is looked for again after this, ms. */
const LOOKED_FOR_AGAIN = 50

/**
 * Checks whether an open database is still the file of its name. Created with the connection. SQLite goes on writing into
 * a file that was deleted: all that it acknowledges from then on is lost when the process ends.
 */
export class FileIdentity {
  readonly #first: string | null
  #lookedAt = performance.now()
  #isGone = false

  constructor(private readonly path: string) {
    this.#first = this.#identity()
  }

  /** Looks now and then. @throws {@link EmbeddedDirectoryError} from when the file is no longer there, or is another one */
  check(): void {
    if (performance.now() - this.#lookedAt > LOOKED_FOR_AGAIN) this.look()
    if (!this.#isGone) return
    throw new EmbeddedDirectoryError(
      dirname(this.path),
      `${this.path} was deleted or replaced while it was in use, and what was in it is lost; restart the processes that use the directory`,
    )
  }

  /** Looks at once. @returns whether the file is gone: it never comes back */
  look(): boolean {
    this.#lookedAt = performance.now()
    this.#isGone ||= this.#identity() !== this.#first
    return this.#isGone
  }

  #identity(): string | null {
    const stats = statSync(this.path, { throwIfNoEntry: false, bigint: true })
    return stats ? `${String(stats.dev)}/${String(stats.ino)}` : null
  }
}
