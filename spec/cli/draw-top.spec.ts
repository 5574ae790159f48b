import { describe, expect, it } from 'vitest'
import { drawTop } from '../../lib/cli/top/draw-top.js'
import { FIRST_STATE } from '../../lib/cli/top/top-state.js'
import type { TopLook, ViewName } from '../../lib/cli/top/views.js'

const frame = { store: 'embedded:./x', trouble: null, clock: '12:00:00' }
const look: TopLook = { at: 0, queues: [], jobs: undefined, workers: [], problems: null }
const draw = (view: ViewName, of: TopLook | null = look) =>
  drawTop({ ...FIRST_STATE, view }, of, frame, 80, 10).map((line) => line.trimEnd())

const queueOf = (name: string, ready: number) => ({
  ...{ name, paused: false, ready, delayed: 20_000, held: 12, failed: 10_000, oldestReady: 90_000, byPriority: [] },
  ...{ nextDueIn: null, workers: 1, slots: 5, free: 1, suspects: 0 },
  stats: { queued: 0, succeeded: 0, failed: 0, revoked: 0, retried: 0, released: 0, reclaimed: 0 },
  rates: { queued: 123, ended: 12, failed: 0 },
})

describe('the screen of pq top', () => {
  it('has no line that is longer than the screen, and shortens texts before numbers', () => {
    const node = 'worker-7d9f8c6b5-x2x9k.production.example.org'
    const queues = [queueOf('mail', 12_345), queueOf(node, 3)]
    const trouble = `No worker consumes ${node.repeat(3)}.`
    for (const columns of [60, 80, 120]) {
      for (const state of [{}, { isHelp: true }, { isTyping: true, isPaused: true, filter: 'mail'.repeat(30) }]) {
        const lines = drawTop({ ...FIRST_STATE, ...state }, { ...look, queues }, { ...frame, trouble }, columns, 24)
        expect(lines.filter((line) => line.length > columns)).toEqual([])
      }
    }
    const [head, ...rows] = drawTop(FIRST_STATE, { ...look, queues }, frame, 80, 24).slice(4, 7)
    expect(head).toMatch(/^QUEUE +READY▼ .* WORKERS +SLOTS$/)
    expect(rows).toMatchObject([
      expect.stringMatching(/^mail +12,345 .* 1 +5$/),
      expect.stringMatching(/^worker.*… +3 .* 1 +5$/),
    ])
  })

  it('names its views so that they are no counts', () => {
    expect(draw('jobs')[2]).toBe(' queues  [jobs]  workers   problems')
  })

  it('tells what is loaded, what is not kept and what is empty apart', () => {
    expect(draw('jobs')[4]).toBe('  loading jobs ...')
    expect(draw('problems')[4]).toBe('  this store keeps no problems')
    expect(draw('workers')[4]).toMatch(/^WORKER/)
    expect(draw('queues', null)[4]).toBe('  looking ...')
    expect(draw('queues', null).join('\n')).not.toMatch(/\d queues|ready|well/)
    expect(draw('queues').join('\n')).toMatch(/\d queues[^]*All queues are well/)
  })
})
