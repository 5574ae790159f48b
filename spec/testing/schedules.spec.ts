import type { TestAppOptions } from 'pulsar-queue/testing'
import { createTestApp } from 'pulsar-queue/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { HalfHourly, MorningReport, Often, Weekdays } from './fixtures/periodic-jobs.js'

const MINUTE = 60_000
const START = Date.UTC(2030, 0, 1)
const open: { close(): Promise<void> }[] = []

async function started(options: TestAppOptions) {
  const app = createTestApp({ now: START, schedulePeriodic: true, ...options })
  open.push(app)
  await app.api().start()
  return app
}

afterEach(async () => {
  for (const app of open.splice(0)) await app.close()
})

describe('the schedules of a test app', () => {
  it('take every tick at its time when the clock advances', async () => {
    const app = await started({ jobs: [Often] })
    await app.clock.advance('9m')
    expect(await app.drain()).toEqual([])
    await app.clock.advance('21m')
    const ended = await app.drain()
    const times = [10, 20, 30].map((minute) => START + minute * MINUTE)
    expect(ended.map(({ result }) => result)).toEqual(times)
    expect(ended.map(({ timeQueued }) => timeQueued)).toEqual(times)
    expect(await app.api().tasks.nextScheduled()).toEqual([['often', 600]])
  })

  it('make up for missed ticks by catchUp when the clock is set', async () => {
    const app = await started({ jobs: [Often, MorningReport] })
    await app.drain()
    await app.clock.set(START + 7 * 86_400_000)
    const ended = await app.drain()
    expect(ended.map(({ name, result }) => [name, result])).toEqual([['often', START + 7 * 86_400_000]])
  })

  it('follow cron and time zone, and continue when the job fails', async () => {
    const app = await started({ jobs: [MorningReport] })
    await app.clock.advance('3d')
    const ended = await app.drain()
    expect(ended.map(({ statusString }) => statusString)).toEqual(['FAILURE', 'FAILURE', 'FAILURE'])
    expect(ended.map(({ timeQueued }) => new Date(timeQueued).toISOString())).toEqual([
      '2030-01-01T07:00:00.000Z',
      '2030-01-02T07:00:00.000Z',
      '2030-01-03T07:00:00.000Z',
    ])
  })

  it('ask a job that overrides isDue', async () => {
    const app = await started({ jobs: [HalfHourly] })
    HalfHourly.now = () => app.clock.now()
    await app.clock.advance('2h')
    expect((await app.drain()).map(({ timeQueued }) => (timeQueued - START) / MINUTE)).toEqual([30, 90])
  })

  it('let isDue of a job refine its schedule', async () => {
    const friday = Date.UTC(2030, 0, 4)
    const app = await started({ now: friday, jobs: [Weekdays] })
    Weekdays.now = () => app.clock.now()
    await app.clock.advance('4d')
    const hours = (await app.drain()).map(({ result }) => ((result as number) - friday) / (60 * MINUTE))
    // From one o'clock on Friday to the last hour of that day, and all hours from Monday on.
    const wanted = [...Array.from({ length: 23 }, (_, i) => i + 1), ...Array.from({ length: 25 }, (_, i) => 72 + i)]
    expect(hours).toEqual(wanted)
  })

  it('do not run without schedulePeriodic', async () => {
    const app = await started({ jobs: [Often], schedulePeriodic: false })
    await app.clock.advance('1d')
    expect(await app.drain()).toEqual([])
  })
})
