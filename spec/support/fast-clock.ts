import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cannotPreload, compileLibrary } from './preloaded.js'

/** Clocks of programs that go by faster than the real ones: see `fast-clock.c`. */
export interface FastClock {
  /** The environment of all programs that have these clocks. */
  readonly env: Readonly<Record<string, string>>
  /** ms of their monotonic clock. */
  now(): number
  /** Time of theirs, ms, as a time of this program. */
  real(time: number): number
  dispose(): void
}

/** Why no clock can be made faster here; null: one can. */
export function clockHasOneSpeed(): string | null {
  return cannotPreload('a clock is made faster')
}

/** @param factor - ms of these clocks in a real one */
export function fastClock(factor: number): FastClock {
  const directory = mkdtempSync(join(tmpdir(), 'pq-clock-'))
  const library = compileLibrary('fast-clock', directory)
  const steadySince = process.hrtime.bigint()
  // Nanoseconds, which Date does not have.
  const wallSince = execFileSync('date', ['+%s%N'], { encoding: 'utf8' }).trim()
  const since = Number(steadySince) / 1e6
  return {
    env: { LD_PRELOAD: library, FAST_CLOCK: `${String(factor)} ${wallSince} ${String(steadySince)}` },
    now: () => since + (Number(process.hrtime.bigint()) / 1e6 - since) * factor,
    real: (time) => time / factor,
    dispose() {
      rmSync(directory, { recursive: true })
    },
  }
}
