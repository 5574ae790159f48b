import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('./lost-writes.c', import.meta.url))

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
  if (process.platform !== 'linux') return 'only Linux has LD_PRELOAD'
  return spawnSync('cc', ['--version']).status === 0
    ? null
    : 'a loss of power is shown by a library, and no C compiler (cc) was found'
}

/** @param directory - of the files, absolute */
export function lostWrites(directory: string): LostWrites {
  const own = mkdtempSync(join(tmpdir(), 'pq-power-'))
  const [library, kept] = [join(own, 'lost.so'), join(own, 'kept')]
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-w', '-o', library, SOURCE, '-ldl'])
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
