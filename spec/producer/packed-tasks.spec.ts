import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PackedTasks } from '../../lib/producer/packed-tasks.js'

const task = fc.record({
  id: fc.string({ unit: 'binary', maxLength: 30 }),
  job: fc.constantFrom('sum', 'mail.send'),
  tags: fc.constantFrom<readonly string[]>([], ['a'], ['a', 'b']),
  body: fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()),
  priority: fc.nat({ max: 9 }),
  delay: fc.nat({ max: 2 }),
  inbox: fc.constantFrom('i1', 'i2', null),
  checkDuplicate: fc.boolean(),
})

it('gives back the tasks that it got, in their order', () => {
  fc.assert(
    fc.property(fc.array(task, { maxLength: 20 }), (tasks) => {
      const packed = new PackedTasks(tasks)
      expect(packed).toHaveLength(tasks.length)
      expect(packed.unpack()).toEqual(tasks.map((each) => ({ ...each, checkDuplicate: true })))
    }),
  )
})
