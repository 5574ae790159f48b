import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FAILURE, SUCCESS } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RULES } from '../harness/run-scenario.js'
import type { Entry, Kind } from './entry.js'
import { EntryWriter } from './entry-writer.js'
import { IdFile } from './id-file.js'
import { judgeLongRun } from './judge-long-run.js'

const TASKS = 5
const NONE = { queued: 0, succeeded: 0, failed: 0, revoked: 0, retried: 0, released: 0, reclaimed: 0 }

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pq-long-run-spec-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

/** What each task of a run has that nothing went wrong in. */
const story = (index: number): Record<'runs-1' | 'producer' | 'audit', [Kind, Partial<Entry>][]> => {
  const fence = 100 + index
  const end = { status: SUCCESS, run: 1, fence, value: 1_000 + index }
  return {
    'runs-1': [
      ['started', { fence, run: 1, value: 7, at: 10 }],
      ['returned', { fence, run: 1, value: 7, at: 20 }],
    ],
    producer: [['ended', { ...end, at: 30 }]],
    audit: [['recorded', { ...end, at: 40 }]],
  }
}

/** Writes the history of five tasks, of which the last one may be another, and judges it. */
function judged(last: (of: ReturnType<typeof story>) => void, stats: Partial<typeof NONE> = {}) {
  const ids = new IdFile(join(directory, 'ids'))
  ids.append(Array.from({ length: TASKS }, (_, i) => `i${String(i).padStart(21, '0')}`))
  ids.close()
  for (const name of ['runs-1', 'producer', 'audit'] as const) {
    const writer = new EntryWriter(join(directory, name))
    for (let index = 0; index < TASKS; index++) {
      const of = story(index)
      if (index === TASKS - 1) last(of)
      for (const [kind, entry] of of[name]) writer.add(kind, index, entry)
    }
    writer.close()
  }
  const queue = {
    name: 'pulsarqueue',
    sizes: { ready: 0, delayed: 0, held: 0 },
    stats: { ...NONE, queued: TASKS, succeeded: TASKS, ...stats },
    leftOvers: [],
  }
  const events = [{ at: 50, e: 'finished', producer: 'p1' }] as const
  return judgeLongRun(directory, { queue, drainedAt: 60, events }, RULES)
}

describe('the judge of a long run', () => {
  it('finds nothing in tasks that ran once', () => {
    const { violations, figures } = judged(() => undefined)
    expect([violations, figures.tasks, figures.lost, figures.secondStarts]).toEqual([[], TASKS, 0, 0])
  })

  it('finds nothing in a task that was started again in another worker, and counts it', () => {
    const { violations, figures } = judged(
      (of) => of['runs-1'].unshift(['started', { fence: 50, run: 1, value: 6, at: 5 }]),
      { reclaimed: 1 },
    )
    expect([violations, figures.secondStarts]).toEqual([[], 1])
  })

  it.each<[what: string, last: (of: ReturnType<typeof story>) => void, found: RegExp, stats?: Partial<typeof NONE>]>([
    ['a task that the store does not know', (of) => (of.audit = [['unknown', { at: 40 }]]), /^I1: /],
    [
      'two starts under one fence',
      (of) => of['runs-1'].unshift(['started', { fence: 104, run: 1, value: 6, at: 5 }]),
      /^I2: /,
    ],
    [
      'an end of another run than the last one',
      (of) => of['runs-1'].unshift(['started', { fence: 900, run: 1, value: 6, at: 5 }]),
      /^I2: /,
    ],
    [
      'a start that no retry and no redelivery explains',
      (of) => of['runs-1'].unshift(['started', { fence: 50, run: 1, value: 6, at: 5 }]),
      /^I3: /,
    ],
    [
      'an end that was overwritten',
      (of) => of.audit.push(['recorded', { status: FAILURE, run: 1, value: 2_000, at: 45 }]),
      /^I4: /,
    ],
    [
      'a start after the end',
      (of) => of['runs-1'].push(['started', { fence: 900, run: 1, value: 6, at: 35 }]),
      /^I4: /,
    ],
    ['a future that has never settled', (of) => (of.producer = []), /^I10: /],
    ['a task that was queued twice', () => undefined, /^I6: /, { queued: TASKS + 1, succeeded: TASKS + 1 }],
    ['an end that was counted for no task', () => undefined, /^I5: /, { succeeded: TASKS + 1 }],
    ['tasks that were refused', (of) => (of.producer = [['refused', {}]]), /refused$/],
  ])('finds %s', (_what, last, found, stats = {}) => {
    expect(judged(last, stats).violations).toContainEqual(expect.stringMatching(found))
  })
})
