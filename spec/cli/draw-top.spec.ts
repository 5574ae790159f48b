import { describe, expect, it } from 'vitest'
import { drawTop } from '../../lib/cli/top/draw-top.js'
import { FIRST_STATE } from '../../lib/cli/top/top-state.js'
import type { TopLook, ViewName } from '../../lib/cli/top/views.js'

const frame = { store: 'embedded:./x', trouble: null, clock: '12:00:00' }
const look: TopLook = { at: 0, queues: [], jobs: undefined, workers: [], problems: null }
const draw = (view: ViewName, of: TopLook | null = look) =>
  drawTop({ ...FIRST_STATE, view }, of, frame, 80, 10).map((line) => line.trimEnd())

describe('the screen of pq top', () => {
  it('names its views so that they are no counts', () => {
    expect(draw('jobs')[2]).toBe(' queues  [jobs]  workers   problems')
  })

  it('tells what is loaded, what is not kept and what is empty apart', () => {
    expect(draw('jobs')[4]).toBe('  loading jobs ...')
    expect(draw('problems')[4]).toBe('  this store keeps no problems')
    expect(draw('workers')[4]).toMatch(/^WORKER/)
    expect(draw('queues', null)[4]).toBe('  looking ...')
  })
})
