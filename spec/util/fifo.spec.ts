import { describe, expect, it } from 'vitest'
import { Fifo } from '../../lib/util/fifo.js'

describe('a fifo', () => {
  it('gives its items in their order, also after it was empty', () => {
    const fifo = new Fifo<number>()
    expect([fifo.isEmpty, fifo.first, fifo.shift()]).toEqual([true, undefined, undefined])
    for (const round of [1, 2]) {
      for (const item of [1, 2, 3]) fifo.push(item * round)
      expect([fifo.isEmpty, fifo.first]).toEqual([false, round])
      expect([...fifo]).toEqual([round, 2 * round, 3 * round])
      expect([fifo.shift(), fifo.shift(), fifo.shift(), fifo.shift()]).toEqual([round, 2 * round, 3 * round, undefined])
      expect([...fifo]).toEqual([])
    }
  })
})
