import type { ClaimedTask, InboxNotice, NewTask, Settlement, TaskRecord } from 'pulsar-queue'
import { FAILURE, SUCCESS } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import { done, task, useFixture } from './fixture.js'

/** Records that are written together have what they begin with in one field of their slot. */
describe('records of one batch in Redis', () => {
  const at = useFixture()
  const ids = ['a', 'b', 'c', 'd']

  /** Claims so many tasks, of which all but the named one succeed in one call. */
  const endAll = async (tasks: readonly NewTask[], failing: string | null = null): Promise<ClaimedTask[]> => {
    await at.broker.queue('q', tasks)
    await at.broker.join('q', { id: 'node-1~0a1b2c3d~1', slots: 20, leaseTtl: 60_000 })
    const call = { queue: 'q', worker: 'node-1~0a1b2c3d~1', lane: 0 } as const
    const claimed = (await at.broker.settle({ ...call, seq: 1 }, [], 20)).tasks
    const end = (each: ClaimedTask): Settlement => ({
      kind: 'done',
      task: each,
      status: each.id === failing ? FAILURE : SUCCESS,
      outcome: each.id === failing ? '{"e":"it failed"}' : `{"r":"${'x'.repeat(each.id.charCodeAt(0))}"}`,
      ttl: 600_000,
    })
    const { verdicts } = await at.broker.settle({ ...call, seq: 2 }, claimed.map(end), 20)
    expect(verdicts).toEqual(claimed.map(() => 'recorded'))
    return [...claimed]
  }
  const slot = async (): Promise<{ key: string; fields: Record<string, string> }> => {
    const [key = ''] = await at.redis.keys('{pq:q}:o*')
    return { key, fields: await at.redis.hgetall(key) }
  }
  const begins = async (): Promise<string[]> =>
    Object.keys((await slot()).fields).filter((field) => field.startsWith('\n'))
  const outcomes = async (names = ids): Promise<unknown[]> =>
    (await at.broker.get('q', names)).map((record) => record && [record.header.id, String(record.outcome)])
  const expected = ids.map((id) => [id, `{"r":"${'x'.repeat(id.charCodeAt(0))}"}`])

  // Of different jobs, lengths and tags, and of one first line.
  it.each<[string, (id: string, i: number) => Partial<NewTask>]>([
    ['one first line', () => ({})],
    ['first lines that differ', (_, i) => ({ job: `job${'s'.repeat(i)}`, tags: i > 1 ? ['t'] : [] })],
    ['bodies that are no ASCII', () => ({ body: Buffer.from('{"a":{"x":"é\n\u{1f600}"}}') })],
    ['bodies of several lengths', (_, i) => ({ body: JSON.stringify({ a: { x: '\n'.repeat(i) } }) })],
  ])('are read with all that they have: %s', async (_, more) => {
    const tasks = ids.map((id, i) => task(id, more(id, i)))
    const claimed = await endAll(tasks)
    expect(await begins()).toHaveLength(1)
    expect(await outcomes()).toEqual(expected)
    const records = await at.broker.get('q', ids)
    for (const [i, record] of records.entries()) {
      const its = claimed.find(({ id }) => id === ids[i])
      expect(record?.header).toMatchObject({
        job: tasks[i]?.job,
        tags: tasks[i]?.tags,
        status: SUCCESS,
        runs: 1,
        queuedAt: its?.queuedAt,
        startedAt: its?.claimedAt,
        worker: 'node-1~0a1b2c3d~1',
      })
      expect(Buffer.from(record?.body ?? '').equals(Buffer.from(tasks[i]?.body ?? 'none'))).toBe(true)
    }
  })

  it('are whole where they are few', async () => {
    await endAll(['a', 'b'].map((id) => task(id)))
    expect(await begins()).toEqual([])
    expect(await outcomes(['a', 'b'])).toEqual(expected.slice(0, 2))
  })

  it.each([false, true])('come to an inbox and to listeners as they are read (listened to: %s)', async (isListened) => {
    const [notices, events]: [InboxNotice[], TaskRecord[]] = [[], []]
    await at.broker.openInbox('inbox', (notice) => notices.push(notice))
    if (isListened) {
      await at.broker.onTaskEvent((event, record) => {
        if (event === 'done') events.push(record)
      })
      await at.broker.queue('q', [task('e', { inbox: 'inbox' })])
      await until('someone to listen', async () => ((await at.redis.hget('{pq:q}:s', 'E')) ? true : undefined))
    }
    await endAll(ids.map((id) => task(id, { inbox: 'inbox' })))
    const heard = () => notices.flatMap((notice) => (notice.kind === 'done' ? notice.tasks : []))
    const names = isListened ? ['e', ...ids] : ids
    await until('all ends', () => (heard().length === names.length ? true : undefined))
    const found = await at.broker.get('q', names)
    expect(heard()).toEqual(found.map((record) => ({ id: record?.header.id, record })))
    if (isListened) await until('all events', () => (events.length === names.length ? true : undefined))
    expect(events).toEqual(isListened ? found : [])
  })

  it('keep their begin when a later call names the first of them again, with others', async () => {
    const worker = 'node-1~0a1b2c3d~1'
    const job = (id: string): string => (id === 'z' ? 'x' : 'a-long-name')
    await at.broker.queue(
      'q',
      [...ids, 'y', 'z'].map((id) => task(id, { job: job(id) })),
    )
    await at.broker.join('q', { id: worker, slots: 20, leaseTtl: 60_000 })
    const claimed = (await at.broker.settle({ queue: 'q', worker, lane: 0, seq: 1 }, [], 20)).tasks
    const settle = async (seq: number, tasks: readonly ClaimedTask[]) =>
      await at.broker.settle({ queue: 'q', worker, lane: 0, seq }, tasks.map(done), 0)
    await settle(2, claimed.slice(0, 4))
    const before = await at.broker.get('q', ids)
    const { verdicts } = await settle(3, claimed)
    expect(verdicts).toEqual(claimed.map(() => 'recorded'))
    expect(await at.broker.get('q', ids)).toEqual(before)
    const found = await at.broker.get('q', ['y', 'z'])
    expect(found.map((record) => [record?.header.job, record?.header.status])).toEqual([
      ['a-long-name', SUCCESS],
      ['x', SUCCESS],
    ])
  })

  it('are known under their ids, and failed ones can be retried', async () => {
    await endAll(
      ids.map((id) => task(id)),
      'c',
    )
    expect(await begins()).toHaveLength(1)
    const replies = await at.broker.queue(
      'q',
      ids.map((id) => task(id, { checkDuplicate: true })),
    )
    expect(replies.map(({ verdict, record }) => [verdict, String(record?.outcome).slice(0, 4)])).toEqual([
      ['duplicate', '{"r"'],
      ['duplicate', '{"r"'],
      ['duplicate', '{"e"'],
      ['duplicate', '{"r"'],
    ])
    const operations = at.broker.operations()
    const retried = await operations.redrive('q', [{ id: 'c', newId: 'c~1', body: null, delay: 0 }], 'operation')
    expect(retried).toEqual(['queued'])
    expect(await at.broker.size('q')).toEqual({ ready: 1, delayed: 0, held: 0 })
  })

  it('are found by what they begin with, and the begin is no task', async () => {
    await endAll(ids.map((id) => task(id, { job: 'wanted', tags: ['red'] })))
    const operations = at.broker.operations()
    const found = async (jobs: string[], tags: string[], needle: string): Promise<string[]> => {
      const all: string[] = []
      let cursor: string | null = null
      do {
        const filter = { jobs, tags, needles: [{ anyOf: [needle], isForJson: true }] }
        const step = await operations.find('q', 'ended', filter, cursor)
        all.push(...step.ids)
        cursor = step.cursor
      } while (cursor !== null)
      return all.sort()
    }
    expect(await found(['wanted'], ['red'], 'xxx')).toEqual(ids)
    expect(await found(['other'], [], 'xxx')).toEqual([])
    expect(await found([], ['blue'], 'xxx')).toEqual([])
    expect(await found(['wanted'], [], 'x'.repeat(100))).toEqual(['d'])
  })

  it('are of an unreadable form, and no worse, where their begin was deleted', async () => {
    await endAll(ids.map((id) => task(id)))
    const [field = ''] = await begins()
    await at.redis.hdel((await slot()).key, field)
    const records = await at.broker.get('q', ids)
    expect(records.map((record) => [record?.header.id, record?.header.status])).toEqual(ids.map((id) => [id, FAILURE]))
  })

  it('keep the expiry of their slot', async () => {
    await endAll(ids.map((id) => task(id)))
    const { key } = await slot()
    expect(await at.redis.pttl(key)).toBeGreaterThan(600_000)
  })
})
