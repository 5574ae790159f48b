import { describe, expect, it } from 'vitest'
import { ShortLivedMap } from '../../lib/util/short-lived-map.js'

describe('a map of what is soon deleted', () => {
  it('has what a Map has, in the same order, through many thousand entries', () => {
    const [map, plain] = [new ShortLivedMap<number, object>(), new Map<number, object>()]
    // A few, then more than are left before it makes another Map, then a few.
    for (const most of [100, 3_000, 10]) {
      for (let key = 0; key < 10_000; key += 1) {
        const value = { key }
        map.set(key, value)
        plain.set(key, value)
        const [first] = plain.keys()
        if (first === undefined || plain.size <= most) continue
        expect(map.delete(first)).toBe(plain.delete(first))
        expect(map.delete(first)).toBe(false)
      }
      expect(map.size).toBe(plain.size)
      expect(map.values()).toEqual([...plain.values()])
      for (let key = 0; key < 10_000; key += 97) expect(map.get(key)).toBe(plain.get(key))
    }
  })

  it('keeps the place of a key that is set once more', () => {
    const map = new ShortLivedMap<string, number>()
    map.set('a', 1)
    map.set('b', 2)
    map.set('a', 3)
    expect(map.values()).toEqual([3, 2])
  })
})
