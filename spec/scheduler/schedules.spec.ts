import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dueTick } from '../../lib/scheduler/tick-rules.js'
import type { Schedule } from '../../lib/scheduler/schedule.js'
import { scheduleOf } from '../../lib/scheduler/schedule-of.js'

const at = (iso: string): number => Date.parse(iso)
const schedule = (options: Parameters<typeof scheduleOf>[1]): Schedule => {
  const made = scheduleOf('job', options)
  if (made === null) throw new Error('expected a schedule')
  return made
}
const ticks = (of: Schedule, from: string, count: number): string[] => {
  const found: string[] = []
  let time: number | null = at(from)
  while (found.length < count && time !== null) {
    time = of.next(time)
    if (time !== null) found.push(new Date(time).toISOString().replace(':00.000Z', 'Z'))
  }
  return found
}
const ROME = 'Europe/Rome'

describe('a schedule', () => {
  it('counts runEvery from the last tick, or from its anchor', () => {
    expect(schedule({ runEvery: '90s' }).next(1_000)).toBe(91_000)
    const anchored = schedule({ runEvery: '1h', anchor: new Date('2026-01-01T00:20:00Z') })
    expect(ticks(anchored, '2026-01-01T05:00:00Z', 2)).toEqual(['2026-01-01T05:20Z', '2026-01-01T06:20Z'])
    expect(ticks(anchored, '2025-06-01T00:00:00Z', 1)).toEqual(['2026-01-01T00:20Z'])
  })

  it('keeps its time of the day when the clocks change', () => {
    const daily = schedule({ runEvery: '1d', anchor: { hour: 3, minute: 30 }, timeZone: ROME })
    expect(ticks(daily, '2026-03-27T12:00:00Z', 3)).toEqual([
      '2026-03-28T02:30Z',
      '2026-03-29T01:30Z',
      '2026-03-30T01:30Z',
    ])
    expect(ticks(daily, '2026-10-24T12:00:00Z', 2)).toEqual(['2026-10-25T02:30Z', '2026-10-26T02:30Z'])
    const cron = schedule({ cron: '30 3 * * *', timeZone: ROME })
    expect(ticks(cron, '2026-03-27T12:00:00Z', 3)).toEqual(ticks(daily, '2026-03-27T12:00:00Z', 3))
  })

  it.each([
    ['an anchor', { runEvery: '1d', anchor: { hour: 2, minute: 30 }, timeZone: ROME }],
    ['cron', { cron: '30 2 * * *', timeZone: ROME }],
  ] as const)('with %s ticks at 03:00 where the clocks skip 02:30, and once where 02:30 comes twice', (_, options) => {
    const daily = schedule(options)
    expect(ticks(daily, '2026-03-28T12:00:00Z', 2)).toEqual(['2026-03-29T01:00Z', '2026-03-30T00:30Z'])
    expect(ticks(daily, '2026-10-24T12:00:00Z', 2)).toEqual(['2026-10-25T00:30Z', '2026-10-26T01:30Z'])
    const skipped = [at('2026-03-29T00:59:59Z'), at('2026-03-29T01:00:00Z')] as const
    expect(daily.last(at('2026-03-28T12:00:00Z'), skipped[0])).toBeNull()
    expect(daily.last(at('2026-03-28T12:00:00Z'), skipped[1])).toBe(skipped[1])
  })

  it('with a time of the day passes over a day that the clocks skip, with one tick at its end', () => {
    const samoa = schedule({ runEvery: '6h', anchor: { hour: 1 }, timeZone: 'Pacific/Apia' })
    expect(ticks(samoa, '2011-12-30T04:00:00Z', 4)).toEqual([
      '2011-12-30T05:00Z',
      '2011-12-30T10:00Z',
      '2011-12-30T11:00Z',
      '2011-12-30T17:00Z',
    ])
  })

  it('knows leap days, every other day, and several times a day', () => {
    expect(ticks(schedule({ cron: '0 0 29 2 *', timeZone: 'UTC' }), '2026-01-01T00:00:00Z', 2)).toEqual([
      '2028-02-29T00:00Z',
      '2032-02-29T00:00Z',
    ])
    const other = ticks(schedule({ runEvery: '2d', anchor: { hour: 9 }, timeZone: 'UTC' }), '2026-02-27T00:00:00Z', 3)
    expect(other.map((tick) => tick.slice(11))).toEqual(['09:00Z', '09:00Z', '09:00Z'])
    expect(at(other[2] ?? '') - at(other[0] ?? '')).toBe(4 * 86_400_000)
    const often = schedule({ runEvery: '6h', anchor: { hour: 9 }, timeZone: 'UTC' })
    expect(ticks(often, '2026-02-28T22:00:00Z', 3)).toEqual([
      '2026-03-01T03:00Z',
      '2026-03-01T09:00Z',
      '2026-03-01T15:00Z',
    ])
  })

  it('keeps its minute of the hour in zones that are not whole hours from UTC, and across half-hour changes', () => {
    const hourly = { runEvery: '1h', anchor: { minute: 20 } } as const
    expect(ticks(schedule({ ...hourly, timeZone: 'Asia/Kathmandu' }), '2026-05-01T00:00:00Z', 2)).toEqual([
      '2026-05-01T00:35Z',
      '2026-05-01T01:35Z',
    ])
    // Put back by half an hour at two: the minute is right again the next day.
    const island = ticks(schedule({ ...hourly, timeZone: 'Australia/Lord_Howe' }), '2026-04-04T14:00:00Z', 25)
    expect([island[0], island[1], island[24]]).toEqual(['2026-04-04T14:20Z', '2026-04-04T15:20Z', '2026-04-05T13:50Z'])
  })

  const moment = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') })
  const zone = fc.constantFrom('UTC', ROME, 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia')
  const some = fc.oneof(
    fc.record({ runEvery: fc.constantFrom('7s', '90s', '1h', '2d', '11d') }),
    fc.record({ runEvery: fc.constantFrom('7s', '1h', '25h'), anchor: moment.map((time) => new Date(time)) }),
    fc.record({
      runEvery: fc.constantFrom('20m', '1h', '3h', '6h', '12h', '1d', '3d', '7d'),
      anchor: fc.record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) }),
      timeZone: zone,
    }),
    fc.record({
      cron: fc.constantFrom(
        '* * * * *',
        '*/20 * * * * *',
        '30 2 * * *',
        '15,45 2 * * *',
        '30 2,14 * * *',
        '*/20 1-3 * * *',
        '0 0 1 * *',
        '15 10 * * 1-5',
        '0 0 29 2 *',
      ),
      timeZone: zone,
    }),
  ) as fc.Arbitrary<Parameters<typeof scheduleOf>[1]>

  it('has no tick between the last and the next one of any time', () => {
    fc.assert(
      fc.property(some, moment, (options, time) => {
        const of = schedule(options)
        const next = of.next(time)
        if (next === null) return
        expect(next).toBeGreaterThan(time)
        // A look at the tick or later finds it, a look before it does not.
        expect(of.last(time, next)).toBe(next)
        expect(of.last(time, next - 1)).toBeNull()
        const later = of.next(next)
        if (later !== null) expect(of.last(time, later - 1)).toBe(next)
      }),
      { numRuns: 300 },
    )
  })

  it('keeps its time of the day whenever the clocks change, except where they skip it', () => {
    const wanted = fc.record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) })
    fc.assert(
      fc.property(wanted, zone, moment, fc.constantFrom('1d', '3d'), (anchor, timeZone, time, runEvery) => {
        const found = ticks(schedule({ runEvery, anchor, timeZone }), new Date(time).toISOString(), 5)
        const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
        const shown = found.map((tick) => clock.format(new Date(tick)))
        const right = `${String(anchor.hour).padStart(2, '0')}:${String(anchor.minute).padStart(2, '0')}`
        // The clocks are put forward on at most one of five days in a row, or of every third day.
        expect(shown.filter((each) => each !== right).length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 200 },
    )
  })

  it('by cron is due once on each day, at its time, however the clocks change', () => {
    const wanted = fc.record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) })
    fc.assert(
      fc.property(wanted, zone, moment, ({ hour, minute }, timeZone, time) => {
        const daily = schedule({ cron: `${String(minute)} ${String(hour)} * * *`, timeZone })
        const found = ticks(daily, new Date(time).toISOString(), 40).map((tick) => new Date(tick))
        const days = new Intl.DateTimeFormat('en-CA', { timeZone })
        const dates = found.map((tick) => Date.parse(`${days.format(tick)}T00:00:00Z`))
        expect(dates.map((date) => (date - (dates[0] ?? 0)) / 86_400_000)).toEqual(dates.map((_, i) => i))
        const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
        const right = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
        // The clocks are put forward once in forty days at most.
        expect(found.filter((tick) => clock.format(tick) !== right).length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 200 },
    )
  })

  it.each([
    ['15,45 2 * * *', ['01:00Z'], ['00:15Z', '00:45Z']],
    ['30 2,14 * * *', ['01:00Z'], ['00:30Z']],
    ['*/20 2 * * *', ['01:00Z'], ['00:00Z', '00:20Z', '00:40Z']],
    ['0 2,3 * * *', ['01:00Z'], ['00:00Z', '02:00Z']],
    ['0,30 30 2 * * *', ['01:00Z'], ['00:30Z', '00:30:30.000Z']],
    ['* 2 * * *', ['01:00Z'], Array.from({ length: 60 }, (_, i) => `00:${String(i).padStart(2, '0')}Z`)],
    // It has each hour that there is.
    ['0 * * * *', ['00:00Z', '01:00Z'], ['00:00Z', '01:00Z', '02:00Z']],
  ])('by cron %s follows that rule for each of its times', (cron, spring, autumn) => {
    const of = schedule({ cron, timeZone: ROME })
    const within = (day: string, hours: number): string[] => {
      const from = at(`${day}T00:00:00Z`)
      const found = ticks(of, new Date(from - 1).toISOString(), 70)
      return found.filter((tick) => at(tick) < from + hours * 3_600_000).map((tick) => tick.slice(11))
    }
    // At 01:00 in UTC the clocks go from 02:00 to 03:00, and from 03:00 to 02:00.
    expect(within('2026-03-29', 2)).toEqual(spring)
    expect(within('2026-10-25', 3)).toEqual(autumn)
  })

  const several = fc.constantFrom(
    { cron: '0 1,4,7,10,13,16,19,22 * * *', runEvery: '3h', anchor: { hour: 1 } },
    { cron: '0 */2 * * *', runEvery: '2h', anchor: { hour: 0 } },
    { cron: '30 2,14 * * *', runEvery: '12h', anchor: { hour: 2, minute: 30 } },
  )

  it('by cron and by an anchor is due at the same times, however the clocks change', () => {
    fc.assert(
      fc.property(several, zone, moment, ({ cron, runEvery, anchor }, timeZone, time) => {
        const from = new Date(time).toISOString()
        const daily = ticks(schedule({ runEvery, anchor, timeZone }), from, 150)
        expect(ticks(schedule({ cron, timeZone }), from, 150)).toEqual(daily)
      }),
      { numRuns: 40 },
    )
  })

  it("yields every tick with catchUp: 'all', however seldom a scheduler looks", () => {
    const pauses = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 30 })
    const often = fc.constantFrom(
      { runEvery: '7s' },
      { cron: '*/20 * * * * *' },
      { runEvery: '20s', anchor: { second: 3 } },
    )
    fc.assert(
      fc.property(often as typeof some, moment, pauses, (options, start, looks) => {
        const of = schedule(options)
        const [taken, expected]: [number[], number[]] = [[], []]
        let [last, now] = [start, start]
        for (const pause of looks) {
          now += pause
          for (let due = dueTick(of, 'all', last, now); due !== null; due = dueTick(of, 'all', last, now)) {
            expect(due.run).toBe(true)
            taken.push((last = due.at))
          }
        }
        for (let tick = of.next(start); tick !== null && tick <= now; tick = of.next(tick)) expected.push(tick)
        expect(taken).toEqual(expected)
      }),
      { numRuns: 100 },
    )
  })

  it('catches up on missed ticks as catchUp says', () => {
    const every = schedule({ runEvery: '10s', anchor: new Date(0) })
    expect(dueTick(every, undefined, 100_000, 109_999)).toBeNull()
    expect(dueTick(every, undefined, 100_000, 147_000)).toEqual({ at: 140_000, run: true })
    expect(dueTick(every, 'latest', 100_000, 147_000)).toEqual({ at: 140_000, run: true })
    expect(dueTick(every, 'all', 100_000, 147_000)).toEqual({ at: 110_000, run: true })
    expect(dueTick(every, 'none', 100_000, 147_000)).toEqual({ at: 140_000, run: false })
    expect(dueTick(every, 'none', 100_000, 141_000)).toEqual({ at: 140_000, run: true })
  })
})

describe('a malformed schedule is refused with the name of its option', () => {
  it.each([
    [{ cron: '61 * * * *' }, /option cron to be a cron expression .* got "61 \* \* \* \*"/],
    [{ cron: '0 0 30 2 *' }, /option cron to be .* \(it is never due\)/],
    [{ cron: '2026-01-01T00:00:00' }, /option cron to be .* \(it is a date\)/],
    [{ cron: '* * *' }, /option cron to be a cron expression of five or six fields/],
    [{ cron: '0 0 0 1 1 * 2020' }, /option cron to be a cron expression of five or six fields/],
    [{ cron: '* * * * *', timeZone: 'Mars/Base' }, /option timeZone to be an IANA name/],
    [{ cron: '* * * * *', runEvery: '1s' }, /option cron to be given without runEvery/],
    [{ cron: '* * * * *', anchor: { hour: 1 } }, /option anchor to be given with runEvery/],
    [{ runEvery: 0 }, /option runEvery to be at least 1 ms, got 0/],
    [{ runEvery: '7h', anchor: { hour: 1 } }, /option runEvery to be a divisor of a day/],
    [{ runEvery: '1d', anchor: { hour: 24 } }, /option anchor.hour to be a whole number from 0 to 23, got 24/],
    [{ runEvery: '1d', anchor: { hours: 2 } }, /option anchor to be a Date or \{ hour, minute, second \}, got hours/],
    [{ runEvery: '1d', anchor: new Date('nonsense') }, /option anchor to be a valid date/],
    [{ catchUp: 'all' }, /option catchUp to be given with runEvery or cron/],
  ])('%j', (options, message) => {
    expect(() => scheduleOf('nightly', options as never)).toThrow(message)
    expect(() => scheduleOf('nightly', options as never)).toThrow(
      expect.objectContaining({ code: 'PQ_JOB_DEFINITION' }),
    )
  })
})
