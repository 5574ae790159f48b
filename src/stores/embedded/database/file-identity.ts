import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { EmbeddedDirectoryError } from '../../../errors.js'
import { performance } from '../../../util/timers.js'

/** Files that were there are looked for again after this, ms. */
const LOOKED_FOR_AGAIN = 50

/**
 * Checks whether the open databases of a store are still the files of their names. Created with their connections, which share
 * it: tasks without their leases would run twice. SQLite goes on writing into a file that was deleted: all that it acknowledges
 * from then on is lost when the process ends.
 */
export class FileIdentity {
  readonly #first: ReadonlyMap<string, string | null>
  #lookedAt = performance.now()
  #gone: string | undefined

  constructor(paths: readonly string[]) {
    this.#first = new Map(paths.map((path) => [path, identityOf(path)]))
  }

  /** Looks now and then. @throws {@link EmbeddedDirectoryError} from when a file is no longer there, or is another one */
  check(): void {
    if (performance.now() - this.#lookedAt > LOOKED_FOR_AGAIN) this.look()
    if (this.#gone === undefined) return
    throw new EmbeddedDirectoryError(
      dirname(this.#gone),
      `${this.#gone} was deleted or replaced while it was in use, and what was in it is lost; restart the processes that use the directory`,
      true,
    )
  }

  /** Looks at once. @returns whether a file is gone: it never comes back */
  look(): boolean {
    this.#lookedAt = performance.now()
    this.#gone ??= [...this.#first].find(([path, first]) => identityOf(path) !== first)?.[0]
    return this.#gone !== undefined
  }
}

function identityOf(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true })
  return stats ? `${String(stats.dev)}/${String(stats.ino)}` : null
}
