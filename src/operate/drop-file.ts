import { randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { InvalidOptionError } from '../errors.js'
import { errorMessage, member } from '../util/thrown.js'
import { systemTime } from '../util/timers.js'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'a part of the path is no directory',
  EISDIR: 'it is a directory',
  EACCES: 'this user may not write there',
  EROFS: 'the file system is read-only',
  EEXIST: 'it is there already, and would be overwritten',
}

/** A name in the setting `dropDirectory` that no other drop has; undefined: it is null. */
export function dropFileIn(directory: string | null): string | undefined {
  if (directory === null) return undefined
  return join(directory, `pq-drop-${String(systemTime())}-${randomUUID().slice(0, 8)}.ndjson`)
}

/** A new file that gets tasks before they are dropped. Payloads are whole in it, so that its owner alone reads it. */
export class DropFile {
  readonly path: string
  readonly #file: FileHandle
  #isEmpty = true

  private constructor(path: string, file: FileHandle) {
    this.path = path
    this.#file = file
  }

  /** @throws {@link InvalidOptionError} for a file that is there already, or that cannot be made */
  static async create(path: string): Promise<DropFile> {
    const whole = resolve(path)
    let file: FileHandle
    try {
      file = await open(whole, 'wx', 0o600)
    } catch (error) {
      const reason = REASONS[String(member(error, 'code'))] ?? errorMessage(error)
      const hint = 'nothing was dropped; the setting dropDirectory, or the call, names another place'
      throw new InvalidOptionError('file', 'a new file that can be written', `${path}: ${reason}`, hint)
    }
    await syncDirectory(dirname(whole))
    return new DropFile(whole, file)
  }

  /** A line is whole with the system, or this rejects. */
  async add(line: string): Promise<void> {
    this.#isEmpty = false
    await this.#file.appendFile(`${line}\n`)
  }

  /** Brings the lines so far to the disk. */
  async sync(): Promise<void> {
    await this.#file.datasync()
  }

  /** @returns its path; null where it got nothing, and is not kept */
  async close(): Promise<string | null> {
    await this.#file.close()
    if (!this.#isEmpty) return this.path
    await unlink(this.path)
    return null
  }
}

/** A new name is on the disk when its directory is. Some file systems do not sync directories. */
async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, 'r')
    await directory.sync().finally(async () => {
      await directory.close()
    })
  } catch {
    // The file itself is synced, too.
  }
}
