import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PackedTasks } from '../../lib/producer/packed-tasks.js'

const task = fc.record({
  id: fc.string({ unit: 'binary', maxLength: 30 }),
  job: fc.constantFrom('sum', 'mail.send'),
  tags: fc.constantFrom<readonly string[]>([], ['a'], ['a', 'b']),
  body: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.uint8Array(),
    fc.integer({ min: 1_000, max: 1_100 }).map((n) => 'x'.repeat(n)),
  ),
  priority: fc.nat({ max: 9 }),
  delay: fc.constantFrom(0, 100, 2_000),
  inbox: fc.constantFrom('i1', 'i2', null),
  checkDuplicate: fc.boolean(),
})

it('gives back the tasks that it got, in their order and with what is left of their delays', () => {
  fc.assert(
    fc.property(fc.array(fc.array(task, { maxLength: 9 }), { maxLength: 5 }), fc.boolean(), (calls, isPacked) => {
      const packed = new PackedTasks()
      for (const tasks of calls) packed.add(tasks, 1_000)
      if (isPacked) packed.pack()
      const tasks = calls.flat()
      expect(packed).toHaveLength(tasks.length)
      const later = (delay: number): number => Math.max(0, delay - 500)
      expect(packed.unpack(1_500)).toEqual(
        tasks.map((each) => ({ ...each, delay: later(each.delay), checkDuplicate: true })),
      )
    }),
  )
})
