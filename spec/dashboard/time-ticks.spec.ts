import { afterEach, describe, expect, it } from 'vitest'
import { lonePoints } from '../../src/dashboard/ui/lone-points.js'
import { isUtc } from '../../src/dashboard/ui/format.js'
import { timeTicks } from '../../src/dashboard/ui/time-ticks.js'

afterEach(() => {
  isUtc.value = false
})

const at = (text: string): number => Date.parse(text) / 1_000

describe('the times below a chart', () => {
  it('are written as all other times, with the day where one begins', () => {
    isUtc.value = true
    expect(
      timeTicks(['2026-11-25T23:30Z', '2026-11-25T23:45Z', '2026-11-26T00:00Z', '2026-11-26T00:15Z'].map(at), 900),
    ).toEqual(['23:30\n2026-11-25', '23:45', '00:00\n2026-11-26', '00:15'])
  })

  it('have seconds where they are less than a minute apart, and the day alone where they are days', () => {
    isUtc.value = true
    expect(timeTicks([at('2026-11-26T10:00:30Z')], 10)).toEqual(['10:00:30\n2026-11-26'])
    expect(timeTicks([at('2026-11-25T00:00Z'), at('2026-11-26T00:00Z')], 86_400)).toEqual(['11-25', '11-26'])
  })
})

describe('the points of a chart that no line shows', () => {
  it('are those between two gaps', () => {
    expect(lonePoints([null, 5, null, 0, 1, null, 7])).toEqual([1, 6])
    expect(lonePoints([3])).toEqual([0])
    expect(lonePoints([1, 2, 3])).toEqual([])
    expect(lonePoints([null, undefined])).toEqual([])
  })
})
