import { count, duration } from './format.js'

/** Powers of ten that an axis spans until steps of 1, 2 and 5 would stand too close together. */
const FEW = 2
const HOUR = 3_600_000

/** Where the ticks of a logarithmic axis of times stand: at powers of ten, and at 2 and 5 times these where there are few. */
export function logTicks(from: number, to: number): number[] {
  const factors = Math.log10(to / from) <= FEW ? [1, 2, 5] : [1]
  const ticks: number[] = []
  for (let power = Math.floor(Math.log10(from)); 10 ** power <= to; power += 1) {
    for (const factor of factors) {
      const tick = factor * 10 ** power
      if (tick >= from && tick <= to) ticks.push(tick)
    }
  }
  return ticks
}

/** A tick in one unit, which is short enough for the room beside an axis: `100 s`, not `1 min 40 s`. */
export function tickText(ms: number): string {
  if (ms < 1) return `${String(ms)} ms`
  return ms < 10_000 || ms >= HOUR ? duration(ms) : `${count(Math.round(ms / 1_000))} s`
}
