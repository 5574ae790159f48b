import { describe, expect, it } from 'vitest'
import { clockHasOneSpeed } from '../../support/fast-clock.js'
import { oneDay } from '../soak/one-day.js'

const HOURS = 1

describe.skipIf(clockHasOneSpeed() !== null)('hours of the clock', () => {
  it.concurrent.each(['redis', 'embedded'] as const)(
    'go by with each tick once, and each delay and retry in time, on %s',
    async (store) => {
      const seed = Math.floor(Math.random() * 2 ** 31)
      const { day, violations } = await oneDay({ store, hours: HOURS, factor: 120, seed }, () => undefined)
      expect(violations, `seed ${String(seed)}`).toEqual([])
      // Each minute six tasks, each fifth one more, each tenth another one.
      expect(day.tasks).toBe(60 * HOURS * 6.3)
      expect(day.ticks).toBeGreaterThanOrEqual(60 * HOURS)
    },
    180_000,
  )
})
