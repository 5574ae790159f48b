import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('./shifted-clock.c', import.meta.url))

/** The wall clock of a program, which a spec can move: see `shifted-clock.c`. */
export interface ShiftedClock {
  /** The program's environment. */
  readonly env: Readonly<Record<string, string>>
  /** From now on the clock differs from the real one by so many seconds. */
  shift(seconds: number): void
  dispose(): void
}

/** Why no clock can be shifted here; null: one can. */
export function clockIsFixed(): string | null {
  if (process.platform !== 'linux') return 'only Linux has LD_PRELOAD'
  return spawnSync('cc', ['--version']).status === 0
    ? null
    : 'a clock is shifted by a library, and no C compiler (cc) was found'
}

export function shiftedClock(): ShiftedClock {
  const directory = mkdtempSync(join(tmpdir(), 'pq-clock-'))
  const [library, file] = [join(directory, 'clock.so'), join(directory, 'shift')]
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl'])
  writeFileSync(file, '0')
  return {
    env: { LD_PRELOAD: library, SHIFTED_CLOCK: file },
    shift(seconds) {
      writeFileSync(file, String(seconds))
    },
    dispose() {
      rmSync(directory, { recursive: true })
    },
  }
}
