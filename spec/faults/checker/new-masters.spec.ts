import { describe, expect, it } from 'vitest'
import type { Event } from '../history/event.js'
import { lateAfterNewMasters, longestAfterNewMasters, refusedTooSoon } from './new-masters.js'

const sent = (id: string, queue: string): Event => ({
  ...{ e: 'sent', at: 0, id, queue, producer: 'p', job: 'job', retries: 0, fails: 0 },
})
const newMaster = (queue: string | null): Event => ({ e: 'new-master', at: 1_000, queue })
const acknowledged = (id: string, at: number): Event => ({ e: 'acknowledged', at, id })
const ended = (id: string, at: number): Event => ({ e: 'ended', at, id, status: 1, run: 1, fence: 1, endedAt: at })
const started = (id: string, at: number): Event => ({
  ...{ e: 'started', at, id, job: 'job', fence: 1, run: 1, pid: 1 },
})
const late = (...events: readonly Event[]): readonly string[] => [
  ...lateAfterNewMasters([sent('a', 'q'), sent('b', 'other'), ...events]),
]

describe('the time after a new master', () => {
  it('is over when tasks are acknowledged, start and end, within ten seconds', () => {
    expect(
      late(newMaster(null), acknowledged('a', 11_000), started('a', 11_000), ended('b', 11_000), ended('b', 50_000)),
    ).toEqual([])
  })

  it('is too long where producers or workers go on later', () => {
    expect(
      late(ended('b', 900), newMaster(null), acknowledged('a', 11_000), started('a', 11_000), ended('b', 11_001)),
    ).toEqual(['for 10001 ms after a new master took writes, no task was seen to be ended'])
    expect(late(newMaster(null), ended('a', 2_000), acknowledged('a', 12_000), started('a', 13_000))).toEqual([
      'for 11000 ms after a new master took writes, no task was seen to be acknowledged',
      'for 12000 ms after a new master took writes, no task was seen to be started',
    ])
  })

  it('is too long where they never go on', () => {
    expect(late(newMaster(null), { e: 'stopped', at: 20_000 })).toHaveLength(3)
    expect(late(newMaster(null), { e: 'stopped', at: 3_000 })).toEqual([])
  })

  it('is that of the queue whose master it is', () => {
    const onOther = [acknowledged('b', 2_000), started('b', 2_000), ended('b', 2_000)]
    const mine = [acknowledged('a', 3_000), started('a', 3_000)]
    expect(late(newMaster('q'), ...onOther, ...mine, ended('a', 20_000))).toHaveLength(1)
    expect(late(newMaster('q'), ...onOther, ...mine, ended('a', 4_000))).toEqual([])
  })
})

it('the longest time after new masters is told by what was done to those before', () => {
  const fault = (name: string): Event => ({ e: 'fault', at: 500, name })
  const events = [
    ...[sent('a', 'q'), fault('kill'), newMaster(null), acknowledged('a', 1_050), started('a', 1_100)],
    ...[ended('a', 1_200), fault('freeze'), newMaster(null), started('a', 1_300), ended('a', 1_450)],
    ...[fault('kill'), newMaster(null), started('a', 1_090), ended('a', 1_290)],
  ]
  expect(longestAfterNewMasters(events)).toEqual({
    kill: { started: 100, ended: 290 },
    freeze: { started: 300, ended: 450 },
  })
  expect(longestAfterNewMasters([sent('a', 'q')])).toEqual({})
})

it('a call that is refused before connectTimeout is over is told', () => {
  const refused = (at: number): Event => ({ e: 'refused', at, id: 'a', code: 'PQ_BROKER_UNREACHABLE' })
  expect([...refusedTooSoon([sent('a', 'q'), refused(9_000)])]).toEqual([
    'a was refused after 9000 ms: PQ_BROKER_UNREACHABLE',
  ])
  expect([...refusedTooSoon([sent('a', 'q'), refused(10_050)])]).toEqual([])
})
