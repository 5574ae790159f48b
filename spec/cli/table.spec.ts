import { describe, expect, it } from 'vitest'
import { columnsWithin } from '../../lib/cli/table.js'
import { queueTable } from '../../lib/cli/top/views.js'
import type { QueueOverview } from '../../lib/operate/looks.js'

const queue = (name: string): QueueOverview => ({
  ...{ name, paused: false, ready: 1_234, delayed: 0, held: 5, failed: 12, oldestReady: 61_000, byPriority: [] },
  ...{ nextDueIn: null, workers: 2, slots: 10, free: 5, suspects: 0 },
  stats: { queued: 0, succeeded: 0, failed: 0, revoked: 0, retried: 0, released: 0, reclaimed: 0 },
  rates: { queued: 3.2, ended: 0.05, failed: 0 },
})

describe('the columns of a table', () => {
  const table = (name: string): [readonly string[], (readonly string[])[]] => {
    const { heads, rows } = queueTable([queue(name)])
    return [heads, rows.map(({ texts }) => texts)]
  }

  it('are those, from the first on, that fit into a terminal', () => {
    const [heads, rows] = table('mail')
    expect(columnsWithin(80, heads, rows)).toBe(heads.length)
    expect(heads.slice(0, columnsWithin(40, heads, rows))).toEqual(['QUEUE', 'READY', 'OLDEST', 'IN', 'OUT'])
    const [, long] = table('a-queue-with-a-long-name')
    expect(heads.slice(columnsWithin(80, heads, long))).toEqual(['WORKERS', 'SLOTS'])
  })

  it('are one at least, and all where no terminal bounds them', () => {
    const [heads, rows] = table('mail')
    expect(columnsWithin(1, heads, rows)).toBe(1)
    expect(columnsWithin(Infinity, heads, rows)).toBe(heads.length)
  })
})
