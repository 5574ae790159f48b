import { expect, it } from 'vitest'
import { fenceText, timeText } from '../../../lib/stores/redis/layout/time-text.js'

it('a time is written as its digits, whatever was written before', () => {
  const times = [
    1_764_280_000_000, 1_764_280_000_007, 1_764_280_999_999, 1_764_281_000_000, 1_764_279_999_010, 1_000_000,
  ]
  for (const time of [...times, 999_999, 42, 0, -1, 1.5, 2 ** 53, Number.NaN, Infinity]) {
    expect(timeText(time)).toBe(String(time))
    expect(fenceText(time * 1_000 + 1)).toBe(String(time * 1_000 + 1))
  }
})
