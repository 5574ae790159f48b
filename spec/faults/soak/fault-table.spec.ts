import { describe, expect, it } from 'vitest'
import { faultTable } from '../../../.ci/docs/fault-table.mjs'
import type { Row } from './write-figures.js'

const row = (fault: string, broken: Row['broken'] = []): Row => ({
  ...{ date: '2026-01-02', node: '22.0.0', fault, says: `${fault} happens`, store: 'redis', injected: { kill: 3 } },
  ...{ kills: 3, serverKills: 0, tasks: 9, lost: 0, secondStarts: 0, lateEffects: 0, fencedSecondEffects: 0 },
  ...{ samples: 0, p50: null, p99: null, longest: null, longestWait: null, leftOut: [], command: 'npm run soak' },
  ...{ broken, violations: broken.reduce((sum, { count }) => sum + count, 0) },
})
const table = (rows: readonly Row[], more: Partial<Parameters<typeof faultTable>[0]> = {}): readonly string[] =>
  faultTable({ rows, long: [], days: [], ...more })
const lineOf = (lines: readonly string[], fault: string): string =>
  lines.find((line) => line.startsWith(`| ${fault} |`)) ?? ''

const OVERWRITTEN = { what: 'I4', count: 7, example: 'a was seen to end as `SUCCESS`, and is recorded as FAILURE' }
const LOST = { what: 'I1', count: 1, example: 'b was acknowledged, and the store does not know it' }

describe('the table of faults', () => {
  it('says that the invariants held where they did', () => {
    const lines = table([row('F1'), row('F2')])
    expect(lines).toContain('All of the invariants held in each of the 2 rows.')
    expect(lineOf(lines, 'F1')).toContain('| redis | held |')
    expect(lines.join('\n')).not.toContain('iolated')
  })

  it('names beside a row what was violated in it, and how often, with a sentence each', () => {
    const lines = table([row('F1'), row('F2', [LOST, OVERWRITTEN])])
    expect(lines.join('\n')).toContain('The invariants held in 1 of 2 rows.')
    expect(lineOf(lines, '**F2**')).toContain('| redis | **violated**: I1 1 ×, I4 7 × |')
    expect(lines).toContain(
      '- F2 on redis: I1 was violated once: `b was acknowledged, and the store does not know it`.',
    )
    expect(lines).toContain(
      '- F2 on redis: I4 was violated 7 times, such as: `a was seen to end as ’SUCCESS’, and is recorded as FAILURE`.',
    )
  })

  it('tells the known limit of a fault that is the reason', () => {
    const lines = table([row('F3', [{ ...LOST, limit: 'the server drops keys.' }])])
    expect(lines.join('\n')).toContain('does not know it`. This is a known limit: the server drops keys.')
  })

  it('tells what else was expected of a run, and the first line of what its programs printed', () => {
    const lines = table([
      row('F4', [{ what: 'the run', count: 1, example: 'a producer of embedded:/a/b.c ended with 1:\nError\n' }]),
    ])
    expect(lineOf(lines, '**F4**')).toContain('| **violated**: other 1 × |')
    expect(lines).toContain(
      '- F4 on redis: What is expected of the run besides was violated once: `a producer of embedded:… ended with 1:`.',
    )
  })

  it('tells what was violated in a long run and in a day', () => {
    const run = { store: 'redis', seed: 1, tasks: 5, minutes: 1, kills: 0, p50: 1, p99: 2, usage: [] } as const
    const found = { broken: [LOST, OVERWRITTEN], violations: 8, date: '2026-01-02', node: '22.0.0' }
    const long = { ...run, ...found, rate: 1, lost: 1, secondStarts: 0 }
    const day = { ...run, ...found, hours: 24, factor: 120, ticks: 3 }
    for (const more of [{ long: [long] }, { days: [day] }]) {
      const text = table([row('F1')], more).join('\n')
      expect(text).toContain('**8 violations**')
      expect(text).toContain('- this run: I1 was violated once')
    }
  })
})
