import type { ActPlace, ClaimedTask, RestoredTask } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import { ids, retry, TestWorker } from '../conformance/test-worker.js'
import { task, useFixture } from './fixture.js'

const WAITING: readonly ActPlace[] = ['ready', 'delayed']
/** Most entries that one LRANGE reads, and most ids of one call. */
const [PAGE, CHUNK] = [1_000, 500]

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `t${String(i).padStart(6, '0')}`)

describe('an act of many ids in Redis', () => {
  const at = useFixture()

  /** How often an act executes each command that looks at entries of a list. */
  const looksOf = async (act: () => Promise<unknown>): Promise<Record<'lpos' | 'lrange' | 'lrem', number>> => {
    await at.redis.config('RESETSTAT')
    await act()
    const stats = await at.redis.info('commandstats')
    const calls = (name: string): number => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
    return { lpos: calls('lpos'), lrange: calls('lrange'), lrem: calls('lrem') }
  }

  const fill = async (all: readonly string[]): Promise<void> => {
    await at.broker.queue(
      'q',
      all.map((id) => task(id)),
    )
  }

  const drop = async (dropped: readonly string[]): Promise<void> => {
    for (let i = 0; i < dropped.length; i += CHUNK)
      await at.broker.operations().drop('q', dropped.slice(i, i + CHUNK), `drop ${String(i)}`, WAITING)
  }

  it.each<[order: string, of: (all: string[]) => string[]]>([
    ['the order of the queue', (all) => all],
    ['the reverse order', (all) => all.toReversed()],
  ])('gives them a priority in %s, and searches its list once, however many there are', async (_order, of) => {
    const all = names(6_000)
    await fill(all)
    const looks = await looksOf(async () => await at.broker.operations().prioritize('q', of(all), 7, WAITING))
    expect(looks.lpos).toBe(1)
    // What a call reads is around the place where the last one has ended.
    expect(looks.lrange).toBeLessThanOrEqual((2 * all.length) / CHUNK)
  })

  it.each([2, 5])('gives every %i. one a priority, and reads no entry more than a few times', async (step) => {
    const all = names(12_000)
    await fill(all)
    const some = all.filter((_, i) => i % step === 0)
    const looks = await looksOf(async () => await at.broker.operations().prioritize('q', some, 7, WAITING))
    expect(looks.lpos).toBeLessThanOrEqual(1 + (2 * some.length) / CHUNK)
    expect(looks.lrange * PAGE).toBeLessThanOrEqual(10 * all.length)
  })

  it('gives them a priority in any order, and reads the list a few times a call', async () => {
    const all = names(6_000)
    await fill(all)
    const mixed = all.map((_, i) => all[(i * 2_603) % all.length] ?? '')
    const looks = await looksOf(async () => await at.broker.operations().prioritize('q', mixed, 7, WAITING))
    const calls = all.length / CHUNK
    expect(looks.lpos).toBeLessThanOrEqual(5 * calls)
    expect(looks.lrange * PAGE).toBeLessThanOrEqual(3 * calls * all.length)
  })

  it('restores them, and searches the list once a call for what is left of them', async () => {
    const all = names(3_000)
    await fill(all)
    const some = all.filter((_, i) => i % 2 === 0)
    const records = await at.broker.get('q', some)
    await drop(some)
    const restored = records.flatMap((record): RestoredTask[] =>
      record === null ? [] : [{ record, isOver: false, isListed: false, ttl: 60_000 }],
    )
    const looks = await looksOf(async () => {
      for (let i = 0; i < restored.length; i += CHUNK)
        await at.broker.operations().restore('q', restored.slice(i, i + CHUNK))
    })
    const calls = some.length / CHUNK
    expect(looks.lpos).toBeLessThanOrEqual(3 * calls)
    expect(looks.lrem).toBe(calls)
    expect(looks.lrange).toBeLessThanOrEqual(8 * calls)
    expect(await at.redis.llen('{pq:q}:r4')).toBe(all.length)
  })

  it('queues them anew, and looks into one list for what is left of them', async () => {
    const all = names(1_500)
    await fill(all)
    await drop(all)
    const again = all.map((id) => task(id, { checkDuplicate: true }))
    const looks = await looksOf(async () => await at.broker.queue('q', again))
    expect(looks).toEqual({ lpos: 0, lrange: 0, lrem: all.length })
    expect(await at.redis.lrange('{pq:q}:r4', 0, -1)).toEqual(all)
  })

  it('never takes an entry that is left over for that of the task', async () => {
    const mine = await new TestWorker(at.broker, 'q').join()
    await fill(['a', 'b', 'c'])
    const claimed = (await mine.claim(3)) as [ClaimedTask, ClaimedTask, ClaimedTask]
    await mine.settle(
      claimed.map((each) => ({ kind: 'release', task: each, delay: 0 })),
      0,
    )
    // The store thinks that the tasks wait, and the worker says that it has one of them: its entry is left over.
    const [a] = claimed
    const lease = { slots: 10, ttl: 60_000, topFence: a.fence, tasks: [a] }
    expect((await at.broker.adopt('q', mine.id, lease)).verdicts).toEqual(['held'])
    mine.seq = 0
    expect((await mine.settle([retry(a)], 0)).verdicts).toEqual(['recorded'])
    expect(await at.redis.lrange('{pq:q}:r4', 0, -1)).toEqual(['a', 'b', 'c', 'a'])
    expect(await at.broker.operations().prioritize('q', ['b', 'a'], 7, WAITING)).toEqual([true, true])
    expect(await at.redis.hgetall('{pq:q}:z')).toEqual({})
    const rest = await until('the tasks', async () => {
      const tasks = ids(await mine.claim(9))
      return tasks.length > 0 ? tasks : undefined
    })
    expect(rest).toEqual(['b', 'a', 'c'])
  })
})
