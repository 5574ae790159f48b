import type { Problem } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { lookAt, lookBefore, trendOf, trendText, trendTitle } from '../../src/dashboard/ui/problem-looks.js'

const problem = (id: string, count: number, queue = 'mail'): Problem => ({
  ...{ id, queue, job: 'mail.send', error: 'Error', message: 'away', state: 'open', regressed: false, count },
  ...{ first: 1, last: 2, versions: [], samples: [] },
})
const MINUTE = 60_000

describe('the trend of a problem', () => {
  it('is what has come since the last look', () => {
    const first = lookAt([problem('a', 5), problem('b', 3), problem('d', 9)], null, 0)
    const before = lookBefore(first, 60 * MINUTE)
    const texts = [problem('a', 7), problem('b', 3), problem('c', 1), problem('d', 2), problem('a', 4, 'other')].map(
      (each) => trendText(trendOf(each, before)).join(' '),
    )
    expect(texts).toEqual(['↑ 2 more', '→ none', '↑ 1, new', '↑ 2, new', '↑ 4, new'])
    expect(trendTitle(before)).toMatch(/^Failures since 1970-01-01|^Failures since 1969-12-31/)
  })

  it('is not known at the first look', () => {
    expect(lookBefore(null, 0)).toBeNull()
    expect(trendText(trendOf(problem('a', 7), null))).toEqual(['', '–'])
    expect(trendTitle(null)).toContain('for the first time')
  })

  it('goes on from the same look where the page is loaded again within ten minutes', () => {
    const first = lookAt([problem('a', 5)], null, 0)
    const second = lookAt([problem('a', 7)], lookBefore(first, 60 * MINUTE), 60 * MINUTE)
    const again = lookBefore(second, 69 * MINUTE)
    expect(again).toEqual({ at: 0, counts: { 'mail a': 5 } })
    const later = lookBefore(second, 71 * MINUTE)
    expect(trendOf(problem('a', 8), later)).toEqual({ more: 1, isNew: false })
    // Looks do not pile up in the browser.
    expect(JSON.stringify(lookAt([problem('a', 8)], later, 71 * MINUTE)).match(/counts/g)).toHaveLength(2)
  })

  it('is not known after a visit that was the first, and is loaded again', () => {
    expect(lookBefore(lookAt([problem('a', 5)], null, 0), MINUTE)).toBeNull()
  })
})
