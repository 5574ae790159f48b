import { describe, expect, it } from 'vitest'
import { holdRows } from '../../src/dashboard/ui/hold-rows.js'

const rows = (...ids: string[]): { id: string; at: number }[] => ids.map((id) => ({ id, at: 1 }))
const idsOf = ({ rows: held }: { readonly rows: readonly { readonly id: string }[] }): string[] =>
  held.map(({ id }) => id)
const none = (): boolean => false

describe('a list of tasks that is held still', () => {
  it('shows all that is there at first', () => {
    const held = holdRows([], rows('a', 'b'), none)
    expect(idsOf(held)).toEqual(['a', 'b'])
    expect(held.news).toBe(0)
  })

  it('counts what comes, wherever it would stand', () => {
    const held = holdRows(rows('b', 'd'), rows('a', 'b', 'c', 'd', 'e'), none)
    expect(idsOf(held)).toEqual(['b', 'd'])
    expect(held.news).toBe(3)
  })

  it('keeps the places of rows, and shows their new values', () => {
    const held = holdRows(
      rows('a', 'b'),
      [
        { id: 'b', at: 2 },
        { id: 'a', at: 3 },
      ],
      none,
    )
    expect(held.rows).toEqual([
      { id: 'a', at: 3 },
      { id: 'b', at: 2 },
    ])
  })

  it('lets rows go that are gone, but for those that stay, and says which these are', () => {
    const held = holdRows(rows('a', 'b', 'c'), rows('c'), (id) => id === 'b')
    expect(held.rows).toEqual([
      { id: 'b', at: 1, isGone: true },
      { id: 'c', at: 1 },
    ])
    expect(holdRows(held.rows, rows('b', 'c'), none).rows).toEqual(rows('b', 'c'))
    expect(holdRows(held.rows, rows('c'), none).rows).toEqual(rows('c'))
  })

  it('shows all where no row is left, since nothing can move then', () => {
    const held = holdRows(rows('a', 'b'), rows('c', 'd'), none)
    expect(idsOf(held)).toEqual(['c', 'd'])
    expect(held.news).toBe(0)
  })
})
