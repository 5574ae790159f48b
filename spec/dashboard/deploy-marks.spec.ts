import type { WorkerOverview } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { deployMarks } from '../../src/dashboard/ui/deploy-marks.js'

const worker = (
  version: string,
  startedAt: number | null,
  queue = 'mail',
  state: WorkerOverview['state'] = 'alive',
): WorkerOverview => ({
  ...{ name: `${version} ${String(startedAt)}`, node: 'n', state, held: 0 },
  queues: [{ queue, id: 'w', slots: 1, held: 0, expiresIn: 1, state: 'alive' }],
  status: {
    ...{ pid: 1, startedAt, version, quiet: false, jobs: [], running: 0, processed: 0, memory: 1 },
    ...{ eventLoopDelay: 0, manifest: null, at: 0 },
  },
})

describe('the marks of deploys', () => {
  it('are where the first of the living workers of each version started', () => {
    const workers = [
      worker('2', 50),
      worker('1', 20),
      worker('2', 40),
      worker('1', 30),
      worker('0', 10, 'mail', 'lost'),
    ]
    expect(deployMarks(workers)).toEqual([
      { at: 20, label: '1' },
      { at: 40, label: '2' },
    ])
  })

  it('are those of the workers of a queue, on its charts', () => {
    const workers = [worker('1', 20), worker('2', 40, 'other')]
    expect(deployMarks(workers, 'other')).toEqual([{ at: 40, label: '2' }])
  })

  it('are missing where a worker does not say when it started, or of which version it is', () => {
    const silent: WorkerOverview = { ...worker('3', 1), status: null }
    expect(deployMarks([worker('1', null), worker('unknown', 20), silent])).toEqual([])
  })
})
