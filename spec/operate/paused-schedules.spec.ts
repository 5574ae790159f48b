import { describe, expect, it } from 'vitest'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'

describe.each(STORES)('a schedule that is paused, on $store,', ({ make }) => {
  const at = useOperatedStore(make)
  const hour = 3_600_000

  it('is shown with who, when and why, is overdue for nobody, and is in the audit log', async () => {
    const { api, control, queue } = at
    const other = `${queue}-other`
    const tick = { expected: null, at: Date.now() - 3 * hour, schedule: `every ${String(hour)} ms`, task: null }
    for (const name of [queue, other]) await api.broker.tick(name, { ...tick, job: 'nightly', operation: name })
    await control.pauseSchedule('nightly', { queue: other, by: 'ada', reason: 'the partner is away' })
    const [free, paused] = await control.schedules()
    expect(free).toMatchObject({ queue, paused: null })
    expect(free?.overdue).toBeGreaterThan(hour)
    expect(paused).toMatchObject({ queue: other, overdue: 0, next: null, last: tick.at })
    expect(paused?.paused).toEqual({ at: expect.any(Number) as number, by: 'ada', reason: 'the partner is away' })
    const { checks } = await control.doctor()
    expect(checks.filter(({ name }) => name === 'schedule-overdue')).toHaveLength(1)
    await control.resumeSchedule('nightly', { queue: other, by: 'eve' })
    const [late, resumed] = await control.schedules()
    expect([late?.paused, resumed?.paused]).toEqual([null, null])
    expect(late?.overdue).toBeGreaterThan(hour)
    // Nobody could take the ticks of the pause: it is late from its resumption on.
    expect(resumed?.overdue).toBeLessThan(60_000)
    expect(resumed?.schedule).toBe('every 1 h')
    expect((await control.doctor()).checks.filter(({ name }) => name === 'schedule-overdue')).toHaveLength(1)
    const target = `schedule:nightly queue:${other}`
    expect(await control.audit({ limit: 2 })).toMatchObject([
      { act: 'resume-schedule', target, by: 'eve', reason: null },
      { act: 'pause-schedule', target, by: 'ada', reason: 'the partner is away', done: 1 },
    ])
  })

  it('is one that the store knows', async () => {
    for (const act of ['pauseSchedule', 'resumeSchedule'] as const) {
      await expect(at.control[act]('nothing')).rejects.toMatchObject({ code: 'PQ_NOT_FOUND' })
      await expect(at.control[act]('nightly', { queue: 'nowhere' })).rejects.toMatchObject({ code: 'PQ_NOT_FOUND' })
      await expect(at.control[act]('')).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION' })
    }
  })
})
