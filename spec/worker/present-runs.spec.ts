import { describe, expect, it } from 'vitest'
import { SilentLogger } from '../../lib/logging/logger.js'
import { Run } from '../../lib/execution/run.js'
import { PresentRuns } from '../../lib/worker/present-runs.js'
import { claimedTask } from '../execution/support.js'

const runOf = (id: string) =>
  new Run({ queue: 'queue', claimed: claimedTask({ id }), call: { job: 'job' }, job: null, logger: new SilentLogger() })
const idsOf = (runs: PresentRuns) => [...runs].map(({ claimed }) => claimed.id).sort()

describe('the present runs of a queue', () => {
  it('are those that were added and have not been taken out, in any order', () => {
    const runs = new PresentRuns()
    const all = ['a', 'b', 'c', 'd'].map(runOf)
    for (const run of all) runs.add(run)
    const [a, b, c, d] = all as [Run, Run, Run, Run]
    expect(runs.delete(b)).toBe(true)
    expect(idsOf(runs)).toEqual(['a', 'c', 'd'])
    expect(runs.delete(d)).toBe(true)
    expect(runs.delete(a)).toBe(true)
    expect(idsOf(runs)).toEqual(['c'])
    expect([runs.has(a), runs.has(c), runs.size]).toEqual([false, true, 1])
    runs.add(b)
    expect(runs.get('b')).toBe(b)
    expect(runs.get('a')).toBeUndefined()
  })

  it('takes a run out once, also where another one has its place by now', () => {
    const runs = new PresentRuns()
    const [first, next] = [runOf('a'), runOf('a')]
    runs.add(first)
    runs.clear()
    runs.add(next)
    expect(runs.delete(first)).toBe(false)
    expect(runs.delete(next)).toBe(true)
    expect(runs.delete(next)).toBe(false)
    expect(runs.size).toBe(0)
  })
})
