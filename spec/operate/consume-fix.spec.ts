import { expect, it } from 'vitest'
import { consumeFix } from '../../lib/operate/consume-fix.js'

it('the way to start a worker of a queue holds for every name of one', () => {
  expect(consumeFix('mail')).toBe('pq start --task-queues mail')
  expect(consumeFix("o'brien")).toBe("pq start --task-queues 'o'\\''brien'")
  // The option takes a list.
  expect(consumeFix('a,b')).toBe('pq start, with taskQueues: ["a,b"] in its configuration')
})
