import type { Series, SeriesPoint } from 'pulsar-queue'
import { afterEach, describe, expect, it } from 'vitest'
import { parseFilter } from '../../lib/operate/filter/parse-filter.js'
import { noCounts } from '../../lib/model/run-counts.js'
import { CHARTS, chartData } from '../../src/dashboard/ui/chart-data.js'
import { isUtc } from '../../src/dashboard/ui/format.js'
import { fieldText, fieldTime, spanFilter, stepOf, wholeSpan, zoomOf, zoomQuery } from '../../src/dashboard/ui/zoom.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOW = Date.parse('2026-11-26T10:00:30Z')

afterEach(() => {
  isUtc.value = false
})

describe('the zoom of charts', () => {
  it.each([
    ['from=1000&to=2000', { from: 1_000, to: 2_000 }],
    ['from=2000&to=1000', null],
    ['from=1000&to=1000', null],
    ['from=1e3&to=2000', null],
    ['from=-1&to=2000', null],
    ['to=2000', null],
    ['', null],
  ])('is read from the address of the page: %s', (query, span) => {
    expect(zoomOf(new URLSearchParams(query))).toEqual(span)
  })

  it('is written to the address, and ends the list at its first page', () => {
    expect(zoomQuery({ from: 1, to: 2 })).toEqual({ from: '1', to: '2', cursor: null })
    expect(zoomQuery(null)).toEqual({ from: null, to: null, cursor: null })
  })

  it('has the intervals whose points a drag covers, and two at least', () => {
    expect(wholeSpan({ from: 90, to: 310 }, 60)).toEqual({ from: 60, to: 360 })
    expect(wholeSpan({ from: 60, to: 120 }, 60)).toEqual({ from: 60, to: 180 })
    expect(wholeSpan({ from: 70, to: 75 }, 60)).toEqual({ from: 60, to: 180 })
  })

  it.each([
    [1 * HOUR, '1m'],
    [4 * HOUR, '10m'],
    [4 * 24 * HOUR, '1h'],
    [100 * 24 * HOUR, '1h'],
  ])('has the finest intervals that are kept: of %d ms ago', (ago, step) => {
    expect(stepOf({ from: NOW - ago, to: NOW }, NOW)).toBe(step)
  })

  it('is a filter that the search reads, whatever the queue and the job are called', () => {
    const text = spanFilter({ from: NOW, to: NOW + HOUR }, { queue: 'mail, "odd"', job: 'a*' })
    expect(text).toBe('queue:"mail, \\"odd\\"" job:"a*" since:2026-11-26T10:00:30.000Z until:2026-11-26T11:00:29.999Z')
    expect(parseFilter(text).terms).toMatchObject([
      { key: 'queue', patterns: [['mail, "odd"']] },
      { key: 'job', patterns: [['a*']] },
      { key: 'since', at: NOW },
      { key: 'until', at: NOW + HOUR - 1 },
    ])
  })

  it('is written and read in the times that the page shows', () => {
    for (const utc of [true, false]) {
      isUtc.value = utc
      expect(fieldTime(fieldText(NOW))).toBe(NOW - 30_000)
    }
    isUtc.value = true
    expect(fieldText(NOW)).toBe('2026-11-26T10:00')
    expect(fieldTime('')).toBeNull()
  })
})

describe('the intervals of a chart', () => {
  const point = (at: number): SeriesPoint => ({
    ...{ at, ...noCounts(), succeeded: 3 },
    ...{ queued: null, ready: null, delayed: null, held: null, oldestReady: null },
  })
  const begin = NOW - 30_000
  const series: Series = { queue: 'mail', job: null, step: '1m', points: [point(begin), point(begin - MINUTE)] }
  const draw = (from: number, to: number) =>
    chartData(series, CHARTS.throughput, { shown: { from, to }, now: NOW, marks: [] })

  it('end with that of now, which is not over', () => {
    const { times, isOpen, lines } = draw(NOW - 2 * MINUTE, NOW + 1)
    expect(times).toEqual([begin - 2 * MINUTE, begin - MINUTE, begin])
    expect(isOpen).toBe(true)
    expect(lines[0]?.values).toEqual([null, 3, 3])
  })

  it('end with the span where that is over', () => {
    const { times, isOpen } = draw(begin - 3 * MINUTE, begin)
    expect(times).toEqual([begin - 3 * MINUTE, begin - 2 * MINUTE, begin - MINUTE])
    expect(isOpen).toBe(false)
  })
})
