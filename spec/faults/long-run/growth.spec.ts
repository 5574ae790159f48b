import { describe, expect, it } from 'vitest'
import { growthOf } from './growth.js'
import type { Usage } from './usage.js'

/** A run of a hundred looks. */
const looks = (what: string, at: (look: number) => number): readonly Usage[] =>
  Array.from({ length: 100 }, (_, look) => ({ of: 'producer' as const, at: look, figures: { [what]: at(look) } }))

const verdictOf = (what: string, at: (look: number) => number) => growthOf(looks(what, at), 0, 100)[0]?.grows

describe('the growth of what a long run uses', () => {
  it('is none where it goes up and down, or grows at first', () => {
    expect(verdictOf('heap (MB)', (look) => 50 + (look % 7))).toBe(false)
    expect(verdictOf('heap (MB)', (look) => Math.min(50, 5 * look))).toBe(false)
  })

  it('is found where it goes on to the end', () => {
    expect(verdictOf('heap (MB)', (look) => 50 + look / 5)).toBe(true)
    expect(verdictOf('open files', (look) => 20 + look / 10)).toBe(true)
  })

  it('is no fault of what may grow', () => {
    expect(verdictOf('records kept', (look) => 1_000 * look)).toBeNull()
  })

  it('is a fault of records from when the first ones have expired', () => {
    const grown = (records: (look: number) => number) => growthOf(looks('records kept', records), 0, 100, 40)[0]?.grows
    expect([grown((look) => 1_000 * Math.min(look, 40)), grown((look) => 1_000 * look)]).toEqual([false, true])
  })

  it('is told and not judged of the size of a record where that of all records is judged', () => {
    const grown = (kept: number) =>
      growthOf(
        looks('bytes a record kept', (look) => 1_000 * look),
        0,
        100,
        kept,
      )[0]?.grows
    expect([grown(40), grown(71)]).toEqual([null, true])
  })

  it('is none of records where the run is hardly longer than they are kept', () => {
    expect(
      growthOf(
        looks('records kept', (look) => 1_000 * look),
        0,
        100,
        71,
      )[0]?.grows,
    ).toBeNull()
  })

  it('is not told of a run that is too short', () => {
    expect(growthOf(looks('heap (MB)', () => 50).slice(0, 9), 0, 9)).toEqual([])
  })
})
