import { describe, expect, it } from 'vitest'
import { benchmarkFiles } from '../../bench/page/page.mjs'

const machine = { cpu: '2 × CPU', memory: '8 GB', node: '20.0.0', redis: '7.0.0', date: '2026-01-01' }
const columns = [
  { peer: 'pulsar-queue', store: 'redis', name: 'pulsar-queue', version: '0.1.0' },
  { peer: 'lease-loop', store: 'redis', name: 'lease loop', version: '1' },
  { peer: 'bullmq', store: 'redis', name: 'BullMQ', version: '6' },
]
const rates = (...values: number[]) => values.map((rate) => ({ rate }))

/** A comparison of two workloads in three rounds. */
const compare = {
  machine,
  rounds: 3,
  everysec: false,
  columns,
  results: {
    awaited: [rates(500, 400, 900), rates(1_000, 1_000, 1_000), rates(250, 250, 250)],
    roundTrip: [[{ p50: 0.4, p99: 2 }], [], [{ p50: 0.8, p99: 1 }]],
  },
  failures: [],
}

describe('the page of the benchmarks', () => {
  const page = benchmarkFiles({ compare })['docs/benchmarks.md'] ?? ''
  const row = (label: string): string[] =>
    (page.split('\n').find((line) => line.startsWith('|') && line.includes(label)) ?? '')
      .split('|')
      .map((cell) => cell.trim())

  it('has the median of the rounds with the least and the most, and how many times better pulsar-queue is', () => {
    expect(row('enqueue, each awaited (per s)').slice(2, 7)).toEqual([
      '**500** [400–900]',
      '**1,000** [1,000–1,000]',
      '**250** [250–250]',
      '2.00 ×',
      '0.500 ×',
    ])
  })

  it('counts less as better where less is better, and has no figure where one was not measured', () => {
    expect(row('round trip, 1 in flight, p50').slice(5, 7)).toEqual(['2.00 ×', '–'])
  })

  it('marks and names the workloads that another one does better, with how far', () => {
    expect(row('enqueue, each awaited (per s)')[1]).toMatch(/^▼/)
    expect(page).toContain('- **enqueue, each awaited**: lease loop by 2.00 ×\n')
    expect(row('round trip, 1 in flight, p50')[1]).not.toMatch(/^▼/)
    expect(page).toContain('- **round trip, 1 in flight, p99**: BullMQ by 2.00 ×\n')
  })

  it('names what failed', () => {
    const failed = benchmarkFiles({ compare: { ...compare, failures: ['awaited, BullMQ: it ended'] } })
    expect(failed['docs/benchmarks.md']).toContain('- awaited, BullMQ: it ended')
  })

  it('finds in the figures of a series what gets worse, and says when nothing does', () => {
    const points = (first: number, last: number) => [
      { at: 1, rounds: [{ drain: first }] },
      { at: 8, rounds: [{ drain: last }] },
    ]
    const growth = { workers: { machine, rounds: 1, stores: { redis: points(100, 90), embedded: points(100, 50) } } }
    const grown = benchmarkFiles({ growth })['docs/benchmarks.md']
    expect(grown).toContain(
      'On Redis, from 1 to 8 workers of concurrency 50, no figure gets worse by more than a fifth.',
    )
    expect(grown).toContain('On embedded, from 1 to 8 workers of concurrency 50, process goes from 100 to 50.0 per s')
  })

  it('has charts that follow the colours of the reader’s pages', () => {
    expect(benchmarkFiles({ compare })['docs/benchmarks/throughput.svg']).toContain('prefers-color-scheme: dark')
  })
})
