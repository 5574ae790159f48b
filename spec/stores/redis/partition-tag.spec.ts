import { describe, expect, it } from 'vitest'
import { keysOf } from '../../../lib/stores/redis/layout/keys.js'
import { slotOf } from '../../../lib/stores/redis/layout/partition-tag.js'

const SLOTS = 16_384

const slotOfPartition = (queue: string, partition: number): number => {
  const tag = /^\{(.*)\}:/.exec(keysOf('pq', queue, partition).channels)?.[1]
  if (tag === undefined) throw new Error('a key of a queue has a tag')
  return slotOf(tag)
}

describe('the hash tag of a partition', () => {
  it('has the slot that Redis gives it', () => {
    // Of the specification of Redis Cluster, and of CLUSTER KEYSLOT.
    expect(['123456789', 'foo', 'bar', ''].map(slotOf)).toEqual([0x31c3, 12_182, 5_061, 0])
  })

  it('is that of the queue for the first one, and cannot be that of another queue', () => {
    expect(keysOf('pq', 'mail').channels).toBe('{pq:mail}:')
    expect(keysOf('pq', 'mail', 0).key('task')).toBe('{pq:mail}:t')
    expect(keysOf('pq', 'mail', 3).channels).toMatch(/^\{pq:mail\/3\.\d+\}:$/)
    expect(keysOf('pq', 'mail/3.7').channels).toBe('{pq:mail%2F3.7}:')
  })

  it.each([2, 4, 16, 64, 256])('spreads %i partitions evenly over the slots', (count) => {
    for (const queue of ['mail', 'a queue {ä}']) {
      const first = slotOfPartition(queue, 0)
      const stripes = Array.from({ length: count }, (_, i) => {
        const distance = (slotOfPartition(queue, i) + SLOTS - first) % SLOTS
        // No further from its place than the narrowest stripe is wide.
        expect(distance % (SLOTS / count)).toBeLessThan(SLOTS / 256)
        return Math.floor(distance / (SLOTS / count))
      })
      expect(new Set(stripes).size).toBe(count)
    }
  })
})
