import { describe, expect, it } from 'vitest'
import type { Bytes } from '../../../lib/stores/redis/layout/bytes.js'
import { bytesOf } from '../../../lib/stores/redis/layout/bytes.js'
import { bodyEndOf, liveTask, LiveTaskReader } from '../../../lib/stores/redis/layout/live-task.js'
import { packBytes } from '../../../lib/stores/redis/layout/packed.js'
import { claimedTask, claimNote, EndWriter } from '../../../lib/stores/redis/layout/records.js'

const read = (text: string, reader = new LiveTaskReader()) => {
  const value = bytesOf(text)
  const task = reader.read(value)
  const { queuedAt, dueAt, job, priority, runs, crashes, inboxes, tags, bodyStart } = task
  const body = value.slice(bodyStart, bodyEndOf(value, task))
  return [queuedAt, dueAt, inboxes, job, priority, runs, crashes, tags, body]
}

describe('a live task in Redis', () => {
  it('says the same whatever was read before it', () => {
    const values: [string, unknown[]][] = [
      ['1000,,,sum,4,0,0,,,\n{"a":1}', [1000, 1000, '', 'sum', 4, 0, 0, [], '{"a":1}']],
      ['1001,,,sum,4,0,0,,,\n{"a":22}', [1001, 1001, '', 'sum', 4, 0, 0, [], '{"a":22}']],
      ['1002,,in,sum,4,0,0,,,\n{}', [1002, 1002, 'in', 'sum', 4, 0, 0, [], '{}']],
      ['1003,,a b,sum,9,2,1,,x y,1\n{}', [1003, 1003, 'a b', 'sum', 9, 2, 1, ['x', 'y'], '{}']],
      ['1004,2000,,sum,4,0,0,,,\n{}', [1004, 2000, '', 'sum', 4, 0, 0, [], '{}']],
      ['1005,1005,,sum,4,0,0,,,\n{}', [1005, 1005, '', 'sum', 4, 0, 0, [], '{}']],
      ['1006,1005,,sum,4,0,0,,,\n{}', [1006, 1005, '', 'sum', 4, 0, 0, [], '{}']],
      ['1007,,,sum,4,1,0,2,,\n{}', [1007, 1007, '', 'sum', 4, 1, 0, [], '{}']],
      ['1008,,,sum,4,1,0,2,,\n{}{"e":"x"}', [1008, 1008, '', 'sum', 4, 1, 0, [], '{}']],
      ['1009,,,a%002cb,4,0,0,,,\n{}', [1009, 1009, '', 'a,b', 4, 0, 0, [], '{}']],
      ['1e3,,,sum,4,0,0,,,\n{}', [0, 0, '', '?', 4, 0, 0, [], '1e3,,,sum,4,0,0,,,\n{}']],
      [',,,sum,4,0,0,,,\n{}', [0, 0, '', '?', 4, 0, 0, [], ',,,sum,4,0,0,,,\n{}']],
      ['1010,,,sum,4,0,0,,,', [0, 0, '', '?', 4, 0, 0, [], '1010,,,sum,4,0,0,,,']],
    ]
    const together = new LiveTaskReader()
    for (const [value, expected] of [...values, ...values.toReversed(), ...values]) {
      expect(read(value), value).toEqual(expected)
      expect(read(value, together), value).toEqual(expected)
    }
  })

  it('is read with others of the same first line', () => {
    const together = new LiveTaskReader()
    const line = '1000,,in,sum,4,1,0,2,,\n'
    for (const [rest, body] of [
      ['{}', '{}'],
      ['{}{"e":"x"}', '{}'],
      ['[]{}', '[]'],
      ['1', '1'],
    ] as const) {
      expect(read(line + rest, together)[8]).toBe(body)
    }
    for (const body of ['{}', '{"a":22}', '']) expect(read(`1000,,,sum,4,0,0,,,\n${body}`, together)[8]).toBe(body)
    expect(liveTask(bytesOf(`${line}{}`))).toMatchObject({ inboxes: 'in', bodyLength: 2 })
  })

  it('is read where there are more kinds of headers than are kept', () => {
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < 250; i += 1) expect(read(`5,,,job${String(i)},4,0,0,,,\n{}`)[3]).toBe(`job${String(i)}`)
    }
  })
})

describe('the record of a run that has ended', () => {
  it('has the fence of its batch, so that like tasks have the same record', () => {
    const batch = 1_764_115_200_000_000
    const value = bytesOf('1000,,,sum,4,0,0,,,\n{}')
    const texts = { fenceText: bytesOf(String(batch)), claimedAtText: bytesOf('1100') }
    const claimed = { fence: batch, size: 128, claimedAt: 1_100, ...texts, receivedAt: 20.5 }
    const writer = new EndWriter(claimed, 'w' as Bytes, 28, null)
    // What was written before shows in none that is written after it.
    for (const [place, status, outcome] of [
      [1, 1, '{"r":1}'],
      [2, 1, '{"r":22}'],
      [3, 2, '{"e":""}'],
      [4, 1, '{"r":1}'],
      [5, 1, '{"r":1}'],
    ] as const) {
      const task = claimedTask('i1', value, claimed, place)
      const note = claimNote(task)
      const pieces: string[] = []
      const length = note && writer.write({ kind: 'done', task, status, outcome, ttl: 60_000 }, note, pieces, [])
      const head = `${String(status)},1100,7,${String(batch)},${String(value.length)}`
      const record = `${head},${String(outcome.length)},w\n${value}${outcome}`
      expect(pieces.join('')).toBe(packBytes(record as Bytes))
      expect(length).toBe(record.length)
    }
  })
})
