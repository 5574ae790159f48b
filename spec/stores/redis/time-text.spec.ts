import { expect, it } from 'vitest'
import { timeText } from '../../../lib/stores/redis/layout/time-text.js'

it('a time is written as its digits, whatever was written before', () => {
  for (const time of [1_764_280_000_000, 1_764_280_000_007, 1_764_280_000_999, 1_764_280_001_000, 1_764_279_999_010]) {
    expect(timeText(time)).toBe(String(time))
  }
})
