import { closeSync, existsSync, openSync, rmSync, utimesSync, watch } from 'node:fs'
import { join } from 'node:path'
import { systemTime } from '../../../util/timers.js'

/** Callbacks of a process that watches its wake file. */
export interface WakeFileListener {
  /** Another process, or this one, has touched it. */
  touched(): void
  /** The file was deleted: nobody can touch it any more. */
  deleted(): void
}

/** The file by which one process of a store is woken: others touch it, and it watches it. */
export class WakeFile {
  #stop: (() => void) | null = null

  constructor(private readonly path: string) {}

  static in(directory: string, process: string): WakeFile {
    return new WakeFile(join(directory, 'wake', process))
  }

  /** Whether others can wake the process by it. */
  exists(): boolean {
    return existsSync(this.path)
  }

  /**
   * Creates the file, or creates it again, and watches it. The watcher keeps the process alive, as a connection would.
   *
   * @returns false where files cannot be watched: then the process has to poll
   */
  watch(listener: WakeFileListener): boolean {
    this.#unwatch()
    try {
      closeSync(openSync(this.path, 'a'))
      const watcher = watch(this.path, (event) => {
        // A deletion is reported as a rename, too. A file that was created again meanwhile has its own watcher.
        if (event === 'rename' && !this.exists()) listener.deleted()
        else listener.touched()
      })
      watcher.on('error', () => {
        watcher.close()
      })
      this.#stop = () => {
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
      const now = systemTime() / 1_000
      utimesSync(this.path, now, now)
    } catch {
      // The process is gone, or it polls.
    }
  }

  /** Stops watching; deletes the file. */
  remove(): void {
    this.#unwatch()
    try {
      rmSync(this.path, { force: true })
    } catch {
      // An empty file that is left does no harm.
    }
  }

  #unwatch(): void {
    this.#stop?.()
    this.#stop = null
  }
}
