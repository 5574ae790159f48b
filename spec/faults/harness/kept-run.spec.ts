import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { EndState } from '../checker/end-state.js'
import type { Event } from '../history/event.js'
import { SCENARIOS } from '../scenarios/scenarios.js'
import { keepRun, readKeptRun } from './kept-run.js'
import { judgeRun } from './run-scenario.js'

it('judges a run that was kept as it was judged at first', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pq-kept-run-'))
  onTestFinished(() => {
    rmSync(directory, { recursive: true })
  })
  const sent = { producer: 'p', job: 'fault.async', queue: 'pulsarqueue', retries: 3, fails: 0 }
  const events: Event[] = [
    { e: 'sent', at: 0, id: 'ü', ...sent },
    { e: 'acknowledged', at: 1, id: 'ü' },
    { e: 'sent', at: 2, id: 'lost', ...sent },
    { e: 'acknowledged', at: 3, id: 'lost' },
    { e: 'fault', at: 4, name: 'SCRIPT FLUSH' },
  ]
  const history = join(directory, 'history')
  writeFileSync(history, events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  const records: EndState['records'] = new Map([['ü', { status: 1, runs: 1, crashes: 0, endedAt: 5, fence: null }]])
  const end = { queues: [], records, drainedAt: 9 }
  const run = { fault: 'F13', store: 'redis', seed: 1, rounds: 2, end, failures: ['a worker ended with 7'] } as const
  const scenario = SCENARIOS.find(({ name }) => name === 'F13')
  if (!scenario) throw new Error('expected a scenario F13')
  const first = judgeRun(scenario, events, run)
  expect(first.violations).toEqual([
    'I1: lost was acknowledged, and the store does not know it',
    'a worker ended with 7',
  ])

  const path = keepRun(history, run, first.violations, directory)
  for (const each of [path, path.replace('.jsonl', '.json')]) {
    const kept = readKeptRun(each)
    expect(kept.run).toEqual(run)
    expect(judgeRun(scenario, kept.events, kept.run)).toEqual(first)
  }
})
