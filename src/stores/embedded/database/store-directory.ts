import { closeSync, mkdirSync, openSync, realpathSync, rmSync, statSync, utimesSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'
import { EmbeddedDirectoryError } from '../../../errors.js'

/**
 * Makes the directory of a store where its parent is there.
 *
 * @returns its real path: two names of one directory are one store
 * @throws {@link EmbeddedDirectoryError}
 */
export function prepareDirectory(directory: string): string {
  try {
    if (!statSync(dirname(directory)).isDirectory()) throw new Error('its parent is not a directory')
    makeDirectory(directory)
    makeDirectory(join(directory, 'wake'))
    return realpathSync(directory)
  } catch (error) {
    throw directoryError(directory, error)
  }
}

/** Not `recursive`: that tries for ever where the file system answers as /proc does. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}

/** @returns the error to throw for what the file system said */
export function directoryError(directory: string, error: unknown): EmbeddedDirectoryError {
  const reason = error instanceof Error ? error.message : String(error)
  return new EmbeddedDirectoryError(
    directory,
    `${reason}; create its parent, or name a directory that can be written`,
    {
      cause: error,
    },
  )
}

/** The file by which one process of a store is woken: others touch it, and it watches it. */
export class WakeFile {
  #close: (() => void) | null = null

  constructor(private readonly path: string) {}

  static in(directory: string, process: string): WakeFile {
    return new WakeFile(join(directory, 'wake', process))
  }

  /**
   * Calls back on each touch, by anyone. Keeps the process alive, as a connection would.
   *
   * @returns false where files cannot be watched: then the store has to look by itself
   */
  listen(onTouch: () => void): boolean {
    try {
      closeSync(openSync(this.path, 'a'))
      const watcher = watch(this.path, onTouch)
      watcher.on('error', () => {
        watcher.close()
      })
      this.#close = () => {
        watcher.close()
      }
      return true
    } catch {
      return false
    }
  }

  /** Wakes the process, if it is there. */
  touch(): void {
    try {
      const now = Date.now() / 1_000
      utimesSync(this.path, now, now)
    } catch {
      // It is gone, or it looks by itself.
    }
  }

  /** Stops listening; removes the file. */
  remove(): void {
    this.#close?.()
    this.#close = null
    try {
      rmSync(this.path, { force: true })
    } catch {
      // An empty file that stays behind harms nobody.
    }
  }
}
