import { describe, expect, it } from 'vitest'
import { BrokerUnreachableError } from '../../../lib/errors.js'
import type { TurnKind } from '../../../lib/stores/redis/connection/queue-turns.js'
import { QueueTurns } from '../../../lib/stores/redis/connection/queue-turns.js'
import type { Deferred } from '../../../lib/util/deferred.js'
import { deferred } from '../../../lib/util/deferred.js'
import { task } from './fixture.js'

function makeTurns() {
  const turns = new QueueTurns()
  const begun: string[] = []
  const answers = new Map<string, Deferred<null>>()
  const call = (name: string, kind: TurnKind, queue = 'q', ids?: readonly string[]): Promise<unknown> => {
    const tasks = ids?.map((id) => task(id, { checkDuplicate: true }))
    const act = async (): Promise<null> => {
      begun.push(name)
      const answer = deferred<null>()
      answers.set(name, answer)
      return await answer.promise
    }
    const made = turns.take(queue, kind, act, tasks)
    made.catch(() => undefined)
    return made
  }
  const answer = async (name: string): Promise<void> => {
    answers.get(name)?.resolve(null)
    await new Promise(setImmediate)
  }
  return { turns, begun, answers, call, answer }
}

describe('the turns of calls on a queue', () => {
  it('hold nothing up where each call is a single command', () => {
    const { turns, begun, call } = makeTurns()
    void call('a', 'plain')
    void call('b', 'tasks')
    void call('c', 'settle')
    expect(begun).toEqual(['a', 'b', 'c'])
    expect(turns.isFree('q')).toBe(true)
  })

  it('let later calls on that queue wait for one of several steps, and then go in their order', async () => {
    const { turns, begun, call, answer } = makeTurns()
    void call('steps', 'steps')
    void call('plain', 'plain')
    void call('slots', 'slots')
    void call('settle', 'settle')
    void call('tasks', 'tasks')
    void call('elsewhere', 'tasks', 'other')
    expect(begun).toEqual(['steps', 'settle', 'elsewhere'])
    await answer('steps')
    expect(begun).toEqual(['steps', 'settle', 'elsewhere', 'plain', 'slots'])
    await answer('slots')
    expect(begun.at(-1)).toBe('tasks')
    expect(turns.isFree('q')).toBe(true)
  })

  it('let calls that look for records go together, and others wait for them, but for those of workers', async () => {
    const { turns, begun, call, answer } = makeTurns()
    void call('one', 'slots')
    void call('two', 'slots')
    expect(turns.hasSlotCalls('q')).toBe(true)
    void call('plain', 'plain')
    void call('three', 'slots')
    void call('settle', 'settle')
    expect(begun).toEqual(['one', 'two', 'settle'])
    await answer('two')
    expect(begun).toEqual(['one', 'two', 'settle'])
    await answer('one')
    expect(begun).toEqual(['one', 'two', 'settle', 'plain', 'three'])
  })

  it('let workers wait for a join alone', async () => {
    const { begun, call, answer } = makeTurns()
    void call('join', 'join')
    void call('steps', 'steps')
    void call('settle', 'settle')
    expect(begun).toEqual(['join'])
    await answer('join')
    expect(begun).toEqual(['join', 'steps', 'settle'])
  })

  it('put a call of several steps on two queues into its place in both, there and back', async () => {
    const { turns, begun, call, answer } = makeTurns()
    const move = (name: string, from: string, to: string): Promise<null> =>
      turns.takeTwo(from, to, () => {
        begun.push(name)
        return Promise.resolve(null)
      })
    void call('slots', 'slots', 'a')
    const moves = [move('there', 'a', 'b'), move('back', 'b', 'a'), move('stay', 'a', 'a')]
    void call('flush a', 'plain', 'a')
    void call('flush b', 'plain', 'b')
    expect(begun).toEqual(['slots'])
    await answer('slots')
    await Promise.all(moves)
    await new Promise(setImmediate)
    expect(begun.slice(0, 3)).toEqual(['slots', 'there', 'back'])
    expect(begun.slice(3).sort()).toEqual(['flush a', 'flush b', 'stay'])
    for (const name of ['flush a', 'flush b']) await answer(name)
    expect([turns.isFree('a'), turns.isFree('b')]).toEqual([true, true])
  })

  it('end a call on two queues that fails, in both', async () => {
    const { turns } = makeTurns()
    await expect(turns.takeTwo('a', 'b', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await new Promise(setImmediate)
    expect([turns.isFree('a'), turns.isFree('b')]).toEqual([true, true])
  })

  it('send calls that were refused together again in the order of their numbers, and no other one before them', async () => {
    const { turns, begun, call, answer } = makeTurns()
    void call('one', 'slots')
    void call('two', 'slots')
    const [one, two] = [turns.nextNumber(), turns.nextNumber()]
    const again: string[] = []
    const both = [
      turns.again('q', two).then(() => again.push('two')),
      turns.again('q', one).then(() => again.push('one')),
    ]
    void call('three', 'slots')
    await Promise.all(both)
    expect(again).toEqual(['one', 'two'])
    expect(begun).toEqual(['one', 'two'])
    for (const name of ['one', 'two']) await answer(name)
    expect(begun).toEqual(['one', 'two', 'three'])
  })

  it('let no refused call of a worker hold up those that look for records', async () => {
    const { turns, begun, call, answer } = makeTurns()
    void call('steps', 'steps')
    await answer('steps')
    await turns.again('q', turns.nextNumber())
    void call('one', 'slots')
    void call('two', 'slots')
    expect(begun).toEqual(['steps', 'one', 'two'])
  })

  it('let tasks overtake those that go apart, unless they may have the same id', async () => {
    const { begun, call, answer } = makeTurns()
    void call('large', 'apart', 'q', ['a'])
    void call('new', 'tasks', 'q', [])
    void call('other', 'slots', 'q', ['b'])
    void call('large too', 'apart', 'q', ['c'])
    expect(begun).toEqual(['large', 'new', 'other', 'large too'])
    void call('same', 'slots', 'q', ['x', 'a'])
    expect(begun).toHaveLength(4)
    await answer('large')
    expect(begun.at(-1)).toBe('same')
    void call('flush', 'plain')
    await answer('other')
    await answer('same')
    expect(begun).toHaveLength(5)
    await answer('large too')
    expect(begun.at(-1)).toBe('flush')
  })

  it('let tasks that go apart wait for single commands before them, which go on another connection', async () => {
    const { turns, begun, call, answer } = makeTurns()
    void call('size', 'plain')
    void call('large', 'apart', 'q', [])
    void call('next', 'tasks', 'q', [])
    expect(begun).toEqual(['size'])
    expect(turns.isFree('q')).toBe(false)
    await answer('size')
    expect(begun).toEqual(['size', 'large', 'next'])
    await answer('large')
    expect(turns.isFree('q')).toBe(true)
  })

  it('let others go once a call has taken effect, though its answer takes longer', async () => {
    const { turns, begun, call } = makeTurns()
    const answer = deferred<null>()
    let tell = (): void => undefined
    const confirmed = turns.take('q', 'apart', (hasEffect) => {
      tell = hasEffect
      return answer.promise
    })
    void call('size', 'plain')
    expect(begun).toEqual([])
    tell()
    expect(begun).toEqual(['size'])
    expect(turns.isFree('q')).toBe(true)
    tell()
    answer.resolve(null)
    await confirmed
    expect(turns.isFree('q')).toBe(true)
  })

  it('start the calls behind one that throws as it is made', async () => {
    const { turns, begun, call, answer } = makeTurns()
    void call('first', 'steps')
    const thrown = turns.take('q', 'plain', () => {
      throw new Error('no')
    })
    void call('last', 'tasks')
    const refused = expect(thrown).rejects.toThrow('no')
    await answer('first')
    await refused
    expect(begun).toEqual(['first', 'last'])
    expect(turns.isFree('q')).toBe(true)
  })

  // With the square of their number, this would take minutes.
  it('are given to 60,000 calls that wait, one after the other', async () => {
    const turns = new QueueTurns()
    const begun: number[] = []
    const calls = Array.from({ length: 60_000 }, (_, i) =>
      turns.take('q', i % 2 === 0 ? 'slots' : 'plain', async () => {
        begun.push(i)
        await Promise.resolve()
      }),
    )
    await Promise.all(calls)
    expect(begun).toEqual(calls.map((_, i) => i))
    expect(turns.isFree('q')).toBe(true)
  })

  it('are given up while the server cannot be reached, so that no call waits for its time-out after that of another', async () => {
    const { turns, begun, answers, call } = makeTurns()
    const first = call('first', 'steps')
    void call('second', 'steps')
    void call('third', 'slots')
    answers.get('first')?.reject(new BrokerUnreachableError('redis://x', 1))
    await expect(first).rejects.toMatchObject({ code: 'PQ_BROKER_UNREACHABLE' })
    expect(begun).toEqual(['first', 'second', 'third'])
    for (const name of ['second', 'third']) answers.get(name)?.reject(new Error('no'))
    await new Promise(setImmediate)
    expect(turns.isFree('q')).toBe(true)
  })

  it('tell when the calls of several steps that were made so far are over, in all queues', async () => {
    const { turns, call, answer } = makeTurns()
    void call('slots', 'slots')
    void call('steps', 'steps')
    void call('join', 'join', 'other')
    let isOver = false
    const over = turns.stepsOver().then(() => (isOver = true))
    await answer('slots')
    await answer('join')
    expect(isOver).toBe(false)
    await answer('steps')
    await over
  })
})
