import { closeSync, mkdirSync, openSync, rmSync, statSync, utimesSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'
import { EmbeddedDirectoryError } from '../../errors.js'

/** Makes the directory of a store where its parent is there. @throws {@link EmbeddedDirectoryError} */
export function prepareDirectory(directory: string): void {
  try {
    if (!statSync(dirname(directory)).isDirectory()) throw new Error('its parent is not a directory')
    mkdirSync(join(directory, 'wake'), { recursive: true })
  } catch (error) {
    throw directoryError(directory, error)
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

  /** Calls back on each touch, by anyone. Does nothing where files cannot be watched: the store looks by itself too. */
  listen(onTouch: () => void): void {
    closeSync(openSync(this.path, 'a'))
    try {
      const watcher = watch(this.path, { persistent: true }, onTouch)
      watcher.on('error', () => {
        watcher.close()
      })
      this.#close = () => {
        watcher.close()
      }
    } catch {
      this.#close = null
    }
  }

  /** Wakes the process. @returns false when it is gone */
  touch(): boolean {
    try {
      const now = Date.now() / 1_000
      utimesSync(this.path, now, now)
      return true
    } catch {
      return false
    }
  }

  /** Stops listening; others see that the process is gone. */
  remove(): void {
    this.#close?.()
    this.#close = null
    rmSync(this.path, { force: true })
  }
}
