import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cannotPreload, compileLibrary } from './preloaded.js'

/** The files of a program that is killed, as a loss of power would have left them: see `lost-writes.c`. */
export interface LostWrites {
  /** The program's environment. */
  readonly env: Readonly<Record<string, string>>
  /** Makes the files what the disk was sure to have of them. Call it after the program has ended. */
  losePower(): void
  dispose(): void
}

/** Why writes cannot be lost here; null: they can. */
export function writesAreKept(): string | null {
  return cannotPreload('a loss of power is shown')
}

/** @param directory - of the files, absolute */
export function lostWrites(directory: string): LostWrites {
  const own = mkdtempSync(join(tmpdir(), 'pq-power-'))
  const library = compileLibrary('lost-writes', own)
  const kept = join(own, 'kept')
  mkdirSync(kept)
  return {
    env: { LD_PRELOAD: library, LOST_WRITES_OF: directory, LOST_WRITES_TO: kept },
    losePower() {
      rmSync(directory, { recursive: true })
      cpSync(kept, directory, { recursive: true })
    },
    dispose() {
      rmSync(own, { recursive: true })
    },
  }
}
