import { describe, expect, it } from 'vitest'
import { recoveryOf } from './figures.js'
import { leftOut } from './left-out.js'

const upTo = (count: number): { recoveries: number[] } => ({
  recoveries: Array.from({ length: count }, (_, i) => i + 1),
})

describe('the figures of a run', () => {
  it.each([
    [0, { samples: 0, p50: null, p99: null, longest: null }],
    [4, { samples: 4, p50: null, p99: null, longest: 4 }],
    [5, { samples: 5, p50: 3, p99: null, longest: 5 }],
    [100, { samples: 100, p50: 51, p99: 100, longest: 100 }],
    [200, { samples: 200, p50: 101, p99: 199, longest: 200 }],
  ])('have no percentile that %i recoveries do not show', (count, recovery) => {
    expect(recoveryOf(upTo(count))).toEqual(recovery)
  })

  it('name the invariants of which a rule leaves something out', () => {
    const rules = { limits: {}, lease: 2_000, drainLimit: 1, crashCap: 3 }
    expect(leftOut({ ...rules, noRedelivery: true, mayForget: false })).toEqual([])
    const named = leftOut({ ...rules, mayLose: true, mayForget: true })
      .join(' ')
      .match(/I\d+/g)
    expect(named).toEqual(['I1', 'I10', 'I2', 'I3', 'I5', 'I6', 'I4', 'I8'])
    expect(leftOut({ ...rules, mayForget: true }).map((words) => words.slice(0, 2))).toEqual(['I3', 'I4'])
  })
})
