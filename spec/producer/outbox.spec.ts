import type { Broker, DurabilityName, NewTask, QueueReply } from 'pulsar-queue'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Outbox } from '../../lib/producer/outbox.js'
import type { RecentTasks } from '../../lib/producer/recent-tasks.js'
import type { Deferred } from '../../lib/util/deferred.js'
import { deferred } from '../../lib/util/deferred.js'
import { newTask } from '../support/new-task.js'

/** A call for the store, which the spec answers. */
interface Call {
  readonly queue: string
  readonly tasks: readonly NewTask[]
  readonly answer: Deferred<readonly QueueReply[]>
}

function outbox() {
  const calls: Call[] = []
  const answered: string[] = []
  const broker = {
    queue: async (queue: string, tasks: readonly NewTask[]) => {
      const answer = deferred<readonly QueueReply[]>()
      calls.push({ queue, tasks, answer })
      return await answer.promise
    },
  }
  const recent = { add: () => undefined }
  const made = new Outbox(broker as unknown as Broker, recent as unknown as RecentTasks)
  const putOne = (
    queue: string,
    id: string,
    fields: Partial<NewTask> = {},
    durability: DurabilityName | null = null,
  ): void => {
    const told = { accepted: () => answered.push(id), refused: () => answered.push(`refused ${id}`) }
    made.put({ ...newTask(id), ...fields, queue, ...told }, durability)
  }
  const put = (queue: string, ...ids: string[]): void => {
    for (const id of ids) putOne(queue, id)
  }
  const answer = async ({ tasks, answer: { resolve } }: Call): Promise<void> => {
    resolve(tasks.map(({ id }) => ({ id, verdict: 'queued', queuedAt: 1, record: null })))
    await turn()
  }
  return { made, calls, answered, put, putOne, answer }
}

const named = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i))

describe('the outbox', () => {
  it('sends the tasks of one turn together, by queue, and 200 at most in one call', async () => {
    const { made, calls, answered, put, answer } = outbox()
    put('q', ...named(450))
    put('other', 'x')
    // The first calls are on their way while the others are still put in.
    expect(calls.map(({ tasks }) => tasks.length)).toEqual([200, 200])
    await turn()
    expect(calls.map(({ queue, tasks }) => [queue, tasks.length])).toEqual([
      ['q', 200],
      ['q', 200],
      ['q', 50],
      ['other', 1],
    ])
    for (const call of calls) await answer(call)
    expect(answered).toEqual([...named(450), 'x'])
    expect(made.isBusy).toBe(false)
  })

  it('begins another call once the bodies of one have 128 kB, so that the store need not wait for all of them', async () => {
    const { calls, putOne } = outbox()
    for (const id of named(30)) putOne('q', id, { body: 'x'.repeat(10_000) })
    expect(calls.map(({ tasks }) => tasks.length)).toEqual([14, 14])
    await turn()
    expect(calls.map(({ tasks }) => tasks.length)).toEqual([14, 14, 2])
  })

  it('sends what is left at once where it is told to, and later tasks by themselves', async () => {
    const { made, calls, put } = outbox()
    made.flush()
    put('q', 'a')
    put('other', 'b')
    made.flush()
    put('q', 'c')
    expect(calls.map(({ tasks }) => tasks.map(({ id }) => id))).toEqual([['a'], ['b']])
    await turn()
    expect(calls.map(({ tasks }) => tasks.map(({ id }) => id))).toEqual([['a'], ['b'], ['c']])
  })

  it('sends tasks that may have the same id in their order, though not all have the same durability', async () => {
    const { calls, putOne } = outbox()
    const known = { checkDuplicate: true }
    putOne('q', 'a')
    putOne('q', 'b', known, 'full')
    putOne('q', 'c')
    putOne('elsewhere', 'x', known)
    putOne('q', 'b', known)
    putOne('q', 'b', known, 'full')
    await turn()
    expect(calls.map(({ tasks }) => tasks.map(({ id }) => id).join())).toEqual(['a', 'b', 'c,b', 'x', 'b'])
  })

  it('knows which of the calls under way have been answered, in whatever order', async () => {
    const { made, calls, put, answer } = outbox()
    const over: string[] = []
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      put('q', id)
      await turn()
      void made.whenAnswered('q', id).then(() => over.push(id))
    }
    for (const place of [1, 4, 0, 3]) {
      const call = calls[place]
      if (call) await answer(call)
      expect(made.isBusy).toBe(true)
    }
    expect(over).toEqual(['b', 'e', 'a', 'd'])
    const drained = made.drain().then(() => over.push('drained'))
    const [last] = calls.slice(2)
    last?.answer.reject(new Error('away'))
    await drained
    expect(over).toEqual(['b', 'e', 'a', 'd', 'c', 'drained'])
    expect(made.isBusy).toBe(false)
  })
})
