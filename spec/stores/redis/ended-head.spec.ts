import { describe, expect, it } from 'vitest'
import type { Bytes } from '../../../lib/stores/redis/layout/bytes.js'
import { endedHead } from '../../../lib/stores/redis/layout/ended-head.js'

describe('the first line of a finished record', () => {
  const read = (record: string): ReturnType<typeof endedHead> => endedHead(record as Bytes)

  it('is read up to the end of the line', () => {
    expect(read('1,1795705329705,-3,1795705329705349,60,13,node-7~0a1b2c3d~1\n1,2,3\n')).toEqual({
      status: 1,
      claimedAt: 1_795_705_329_705,
      took: -3,
      liveLength: 60,
      outcomeLength: 13,
      worker: 'node-7~0a1b2c3d~1',
      length: '1,1795705329705,-3,1795705329705349,60,13,node-7~0a1b2c3d~1\n'.length,
    })
  })

  it('names no worker where the task was not held, and the right one where records of several follow each other', () => {
    const worker = (name: string): unknown => read(`2,0,0,0,0,0,${name}\n`)?.worker
    expect(['', 'a%0020b', 'c', '', 'a%0020b'].map(worker)).toEqual([null, 'a b', 'c', null, 'a b'])
  })

  it.each([
    '',
    'x',
    '1',
    '1,2,3,4,5',
    '1,2,3,4,5,6',
    '1,2,3,4,5,6,w',
    '1,,3,4,5,6,w\n',
    '1,-,3,4,5,6,w\n',
    '1,2.5,3,4,5,6,w\n',
    ' 1,2,3,4,5,6,w\n',
  ])('is none in %j', (text) => {
    expect(read(text)).toBeNull()
  })
})
