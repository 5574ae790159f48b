import { describe, expect, it } from 'vitest'
import { isGeneratedId, newTaskId, queueTag, retryId, retryOf, tagOfId, tickTaskId } from '../../lib/model/task-id.js'

const many = (tag: string, count: number): string[] => Array.from({ length: count }, () => newTaskId(tag))

describe('a generated task id', () => {
  it('has 22 characters, the partition and the tag of its queue, and is told from an id of the user', () => {
    const tag = queueTag('mail')
    const id = newTaskId(tag)
    expect(id).toMatch(/^i[0-9a-v]{15}00[0-9a-v]{4}$/)
    expect([isGeneratedId(id), tagOfId(id)]).toEqual([true, tag])
    expect(isGeneratedId('order-17')).toBe(false)
  })

  it('comes once, in the order in which ids are made, also where their random part is drawn anew', () => {
    const ids = many('aaaa', 70_000)
    expect(new Set(ids).size).toBe(70_000)
    const randomParts = [...new Set(ids.map((id) => id.slice(0, 13)))]
    const blocks = randomParts.map((part) => ids.filter((id) => id.startsWith(part)))
    expect(blocks.map((block) => block.length)).toEqual([32_768, 32_768, 4_464])
    for (const block of blocks) expect(block).toEqual([...block].sort())
  })

  it('shares its random part with no other queue, and with no other name that is made without a tag', () => {
    const heads = [...['bbbb', 'cccc'].map(newTaskId), ...many('', 100)].map((id) => id.slice(1, 10))
    expect(new Set(heads).size).toBe(102)
  })
})

describe('the id of the task of a tick', () => {
  it('is the same in each scheduler, and another one for each queue, job and tick', () => {
    const id = tickTaskId('mail', 'report', 1_700_000_000_000)
    expect(id).toBe(tickTaskId('mail', 'report', 1_700_000_000_000))
    // Schedulers of other versions have to compute the same one.
    expect(id).toBe('i2rp8k9qrcia4iae00e9p1')
    const others = [tickTaskId('post', 'report', 1_700_000_000_000), tickTaskId('mail', 'bill', 1_700_000_000_000)]
    expect(new Set([id, ...others, tickTaskId('mail', 'report', 1_700_000_000_001)]).size).toBe(4)
  })

  it('has the form of a generated one, so that the task is found by it alone', () => {
    const id = tickTaskId('mail', 'report', 0)
    expect([isGeneratedId(id), tagOfId(id), id.slice(16, 18)]).toEqual([true, queueTag('mail'), '00'])
  })
})

describe('the id of a retry', () => {
  it('is that of the task that failed, and a number that grows', () => {
    expect([retryId('order-17'), retryId('order-17~1'), retryId('order-17~9')]).toEqual([
      'order-17~1',
      'order-17~2',
      'order-17~10',
    ])
    expect([retryOf('order-17~2'), retryOf('order-17~1'), retryOf('order-17')]).toEqual([
      'order-17~1',
      'order-17',
      null,
    ])
    expect([retryOf('a~0'), retryOf('a~01'), retryOf('a~')]).toEqual([null, null, null])
  })

  it('tells the queue of a generated one', () => {
    const id = retryId(retryId(newTaskId(queueTag('mail'))))
    expect([isGeneratedId(id), tagOfId(id)]).toEqual([true, queueTag('mail')])
    expect(isGeneratedId('order-17~1')).toBe(false)
  })
})
