import { defineJob } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'

const HOUR = 3_600_000

defineJob({ name: 'hourly', runEvery: '1h', defaultQueue: 'reports' }, () => undefined)

describe.each(STORES)('a periodic job of this process that has had no tick yet, on $store,', ({ make }) => {
  const at = useOperatedStore(make)
  const unticked = { job: 'hourly', queue: 'reports', schedule: 'every 1 h', last: null, overdue: 0, paused: null }

  it('is listed with its next tick, and can be run, but not paused', async () => {
    const { control } = at
    const before = Date.now()
    const [first, ...others] = await control.schedules()
    expect(others).toEqual([])
    expect(first).toMatchObject({ ...unticked, lastTask: null, lastState: null })
    expect(first?.next).toBeGreaterThanOrEqual(before)
    expect(first?.next).toBeLessThanOrEqual(Date.now() + HOUR)
    expect((await control.doctor()).checks.filter(({ name }) => name.startsWith('schedule-'))).toEqual([])
    expect(await control.metrics()).toContain('pulsar_queue_schedule_overdue_seconds{job="hourly"} 0')
    const refused = { code: 'PQ_NOT_FOUND', message: expect.stringContaining('has seen its job yet') as string }
    await expect(control.pauseSchedule('hourly')).rejects.toMatchObject(refused)
    expect(await control.show(await control.runSchedule('hourly'))).toMatchObject({ job: 'hourly', queue: 'reports' })
  })

  it('is listed once when it has had one, and beside the schedule that another queue has of it', async () => {
    const { api, control } = at
    const tick = { expected: null, at: Date.now(), schedule: `every ${String(HOUR)} ms`, task: null, job: 'hourly' }
    await api.broker.tick('elsewhere', { ...tick, operation: 'a' })
    const both = (await control.schedules()).sort((a, b) => (a.queue < b.queue ? -1 : 1))
    expect(both).toMatchObject([{ queue: 'elsewhere', last: tick.at }, unticked])
    await api.broker.tick('reports', { ...tick, operation: 'b' })
    const listed = await control.schedules()
    expect(listed.map(({ queue, last }) => [queue, last]).sort()).toEqual([
      ['elsewhere', tick.at],
      ['reports', tick.at],
    ])
  })
})
