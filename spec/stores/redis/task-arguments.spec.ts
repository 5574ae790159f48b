import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { NewTask } from '../../../lib/stores/broker.js'
import { NONE, textOf } from '../../../lib/stores/redis/layout/bytes.js'
import type { Bytes } from '../../../lib/stores/redis/layout/bytes.js'
import { liveTask } from '../../../lib/stores/redis/layout/live-task.js'
import { PackedReader } from '../../../lib/stores/redis/layout/packed.js'
import { taskArguments } from '../../../lib/stores/redis/layout/task-arguments.js'

const text = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.constantFrom('', 'é', 'ÿ', 'x'.repeat(255), 'x'.repeat(70_000)),
)
const task: fc.Arbitrary<NewTask> = fc.record({
  id: fc.oneof(fc.constant('i0123456789abcdefghij0'), text),
  job: fc.constantFrom('sum', 'mail.send', 'größe'),
  tags: fc.constantFrom<readonly string[]>([], ['a'], ['a', 'é']),
  body: fc.oneof(text, fc.uint8Array()),
  priority: fc.nat({ max: 9 }),
  delay: fc.constant(0),
  inbox: fc.constantFrom('i1', 'i2', null),
  checkDuplicate: fc.boolean(),
})

it('have the ids, heads and bodies of all tasks, whatever their characters', () => {
  fc.assert(
    fc.property(fc.array(task, { minLength: 1, maxLength: 20 }), (tasks) => {
      const packed = new PackedReader(taskArguments(tasks).tasks).readArray()
      expect(packed).toHaveLength(2 * tasks.length)
      for (const [i, { id, job, tags, body, priority, inbox }] of tasks.entries()) {
        expect(textOf(packed[2 * i] ?? NONE)).toBe(id)
        const value = `0,,${packed[2 * i + 1] ?? ''}` as Bytes
        const live = liveTask(value)
        expect(live).toMatchObject({ job, tags, priority, inboxes: inbox ?? '' })
        const stored = Buffer.from(value.slice(live.bodyStart), 'latin1')
        expect(stored.equals(Buffer.from(body))).toBe(true)
      }
    }),
  )
})
