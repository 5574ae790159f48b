import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cannotPreload, compileLibrary } from './preloaded.js'

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
  return cannotPreload('a clock is shifted')
}

export function shiftedClock(): ShiftedClock {
  const directory = mkdtempSync(join(tmpdir(), 'pq-clock-'))
  const library = compileLibrary('shifted-clock', directory)
  const file = join(directory, 'shift')
  const opened = openSync(file, 'w')
  // Over what is there: an empty file would be read as no shift.
  const shift = (seconds: number): void => void writeSync(opened, String(seconds).padEnd(24), 0)
  shift(0)
  return {
    env: { LD_PRELOAD: library, SHIFTED_CLOCK: file },
    shift,
    dispose() {
      closeSync(opened)
      rmSync(directory, { recursive: true })
    },
  }
}
