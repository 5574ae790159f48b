import { describe, expect, it } from 'vitest'
import { RecentBatches } from '../../lib/util/recent-batches.js'

const DAY = 86_400_000

describe('the last batches', () => {
  const batch = (name: number, length = 1, bytes = 1, at = 0) => ({ name, items: { length }, bytes, at })
  const names = (recent: RecentBatches<ReturnType<typeof batch>>): number[] =>
    recent.youngerThan(DAY).map(({ name }) => name)

  it('are those that keep within the number of items, the oldest dropped first, however many were added', () => {
    const recent = new RecentBatches<ReturnType<typeof batch>>(7, 1_000, 100)
    for (let i = 0; i < 1_000; i++) {
      recent.add(batch(i))
      const kept = Array.from({ length: Math.min(i + 1, 7) }, (_, k) => i - Math.min(i, 6) + k)
      expect(names(recent)).toEqual(kept)
    }
    recent.add(batch(-1, 3))
    expect(names(recent)).toEqual([996, 997, 998, 999, -1])
  })

  it('are those that keep within the bytes, and are not far older than the last', () => {
    const recent = new RecentBatches<ReturnType<typeof batch>>(100, 10, 50)
    for (const bytes of [4, 4, 4]) recent.add(batch(bytes, 1, bytes))
    expect(names(recent)).toEqual([4, 4])
    recent.add(batch(1, 1, 1, 51))
    expect(names(recent)).toEqual([1])
    recent.add(batch(2, 1, 11, 51))
    expect(names(recent)).toEqual([])
    recent.add(batch(3, 1, 1, 51))
    recent.clear()
    recent.add(batch(4, 100, 10, 0))
    expect(names(recent)).toEqual([4])
  })
})
