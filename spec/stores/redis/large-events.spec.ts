import type { TaskRecord } from 'pulsar-queue'
import { QUEUED, STARTED, SUCCESS } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import { done, task, useFixture } from './fixture.js'

const MEGABYTE = 1024 * 1024

describe('what a server does not hold for a subscriber (client-output-buffer-limit)', () => {
  const at = useFixture()
  beforeEach(async () => {
    await at.redis.config('SET', 'client-output-buffer-limit', 'pubsub 2mb 0 0')
  })

  const claim = async () => {
    await at.broker.join('q', { id: 'w', slots: 500, leaseTtl: 60_000 })
    return (await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 1 }, [], 500)).tasks
  }

  it('does not end the events of tasks: those of large ones arrive whole, and in order', async () => {
    const heard: [string, TaskRecord][] = []
    await at.broker.onTaskEvent((event, record) => heard.push([`${event} ${record.header.id}`, record]))
    const large = 'b'.repeat(3 * MEGABYTE)
    await at.broker.queue('q', [task('a')])
    await at.broker.queue('q', [task('large', { body: large })])
    await at.broker.queue('q', [task('c')])
    const tasks = await claim()
    const [record] = await at.broker.get('q', ['large'])
    if (!record) throw new Error('it is held')
    const outcome = 'o'.repeat(3 * MEGABYTE)
    await at.broker.announce('q', 'started', [record])
    const { fence = 0 } = tasks.find(({ id }) => id === 'large') ?? {}
    await at.broker.progress('q', 'w', [{ id: 'large', fence, progress: 'p'.repeat(3 * MEGABYTE) }])
    await at.broker.announce('q', 'progress', [{ ...record, progress: Buffer.alloc(3 * MEGABYTE) }])
    const ends = tasks.map((each) => ({ ...done(each), outcome: each.id === 'large' ? outcome : '{}' }))
    await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 2 }, ends, 0)
    await until('all events', () => (heard.length === 8 ? true : undefined))
    expect(heard.map(([event]) => event)).toEqual([
      'queued a',
      'queued large',
      'queued c',
      'started large',
      'progress large',
      'done a',
      'done large',
      'done c',
    ])
    const parts = heard.filter(([event]) => event.endsWith('large')).map(([, each]) => each)
    expect(parts.map(({ body }) => body.length)).toEqual(Array(4).fill(3 * MEGABYTE))
    expect(parts.map((each) => each.outcome?.length ?? 0)).toEqual([0, 0, 0, 3 * MEGABYTE])
    expect(parts.map((each) => each.progress?.length ?? 0)).toEqual([0, 0, 3 * MEGABYTE, 3 * MEGABYTE])
    expect(parts.map(({ header }) => header.status)).toEqual([QUEUED, STARTED, STARTED, SUCCESS])
  })

  it('does not end the notices of an inbox: many ends at once are told, the large part without their records', async () => {
    const told: string[] = []
    await at.broker.openInbox('inbox', (notice) => {
      told.push(...(notice.kind === 'done' ? notice.tasks.map(({ record }) => (record ? 'whole' : 'alone')) : ['lost']))
    })
    const names = Array.from({ length: 300 }, (_, i) => `task ${String(i)}`)
    await at.broker.queue(
      'q',
      names.map((id) => task(id, { inbox: 'inbox' })),
    )
    const ends = (await claim()).map((each) => ({ ...done(each), outcome: 'o'.repeat(15_000) }))
    await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 2 }, ends, 0)
    await until('all ends', () => (told.length >= 300 ? true : undefined))
    expect(told.filter((each) => each === 'whole').length).toBe(69)
    expect(told.filter((each) => each === 'alone').length).toBe(231)
  })

  it('leaves out the event of a task that is gone when it is looked up, and goes on', async () => {
    const heard: string[] = []
    await at.broker.onTaskEvent((event, { header }) => heard.push(`${event} ${header.id}`))
    await at.broker.queue('q', [task('a')])
    const [record] = await at.broker.get('q', ['a'])
    if (!record) throw new Error('it was queued')
    const gone = { ...record, header: { ...record.header, id: 'gone' }, body: Buffer.alloc(3 * MEGABYTE) }
    await at.broker.announce('q', 'started', [gone, record])
    await until('the last event', () => (heard.includes('started a') ? true : undefined))
    expect(heard).toEqual(['queued a', 'started a'])
  })
})
