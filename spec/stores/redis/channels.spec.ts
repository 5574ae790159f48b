import { Redis } from 'ioredis'
import type { TaskRecord } from 'pulsar-queue'
import { afterEach, describe, expect, it } from 'vitest'
import { PackedReader } from '../../../lib/stores/redis/layout/packed.js'
import { bytesOfBuffer } from '../../../lib/stores/redis/layout/bytes.js'
import { monitor } from '../../support/monitor.js'
import { until } from '../../support/until.js'
import { done, task, useFixture } from './fixture.js'

describe('the channels of a queue', () => {
  const at = useFixture()
  const closing: (() => void)[] = []

  afterEach(() => {
    for (const close of closing.splice(0)) close()
  })

  const shardChannels = async (): Promise<string[]> =>
    ((await at.redis.call('PUBSUB', 'SHARDCHANNELS')) as string[]).toSorted()

  it('lie in its slot, and are left when the worker, the inbox or the listener ends', async () => {
    const worker = await at.broker.openWorker('a {ä}/1', 'w 1', () => undefined)
    const inbox = await at.broker.openInbox('me', () => undefined)
    await at.broker.queue('a {ä}/1', [task('1', { inbox: 'me' })])
    await at.broker.get('b', ['2'], 'me')
    const listener = await at.broker.onTaskEvent(() => undefined)
    expect(await shardChannels()).toEqual([
      '{pq:a%20%7B%C3%A4%7D%2F1}:ev',
      '{pq:a%20%7B%C3%A4%7D%2F1}:in:me',
      '{pq:a%20%7B%C3%A4%7D%2F1}:w:w%00201',
      '{pq:b}:in:me',
    ])
    expect(await at.redis.call('PUBSUB', 'CHANNELS')).toEqual(['pq:new'])
    await worker.close()
    await inbox.close()
    await listener.close()
    await until('the channels to be left', async () => ((await shardChannels()).length === 0 ? true : undefined))
    expect(await at.redis.call('PUBSUB', 'CHANNELS')).toEqual([])
  })

  it('are all subscribed to again before an inbox is told of the reconnection', async () => {
    let atReconnection: Promise<string[]> | undefined
    await at.broker.openInbox('me', ({ kind }) => {
      if (kind === 'reconnected') atReconnection ??= shardChannels()
    })
    for (const queue of ['a', 'b', 'c']) await at.broker.queue(queue, [task('1', { inbox: 'me' })])
    await at.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    expect(await until('the reconnection', () => atReconnection)).toEqual(['a', 'b', 'c'].map((q) => `{pq:${q}}:in:me`))
  })

  it('cost a call nothing once the inbox hears the queue', async () => {
    await at.broker.openInbox('me', () => undefined)
    await at.broker.queue('q', [task('1', { inbox: 'me' })])
    const sent: string[] = []
    closing.push(
      await monitor(at.redis.options, ({ args: [command = ''], source }) => {
        if (source !== 'lua') sent.push(command)
      }),
    )
    await at.broker.queue('q', [task('2', { inbox: 'me' }), task('3', { inbox: 'me' })])
    await at.broker.get('q', ['2'], 'me')
    await at.redis.echo('over')
    await until('the end', () => (sent.includes('echo') ? true : undefined))
    expect(sent).toEqual(['evalsha', 'eval', 'echo'])
  })

  it('are heard by a listener that begins while the last one of another process ends', async () => {
    await at.broker.queue('q', [task('1')])
    const proxy = await at.proxy()
    const leaving = await (await at.open(`redis://127.0.0.1:${String(proxy.port)}`)).onTaskEvent(() => undefined)
    let arrive: (() => Promise<string>) | undefined
    void proxy.delay((data) => /hset/i.test(String(data))).then((deliver) => (arrive = deliver))
    await leaving.close()
    const heard: string[] = []
    await at.broker.onTaskEvent((event, { header }) => heard.push(`${event} ${header.id}`))
    // What the other process has still written to the queue arrives now.
    await arrive?.()
    await at.broker.queue('q', [task('2')])
    await until('the event', () => (heard.length === 1 ? true : undefined))
    expect(heard).toEqual(['queued 2'])
  })

  it('are heard by all listeners before a new queue takes its first task', async () => {
    const other = new Redis(at.server.port, '127.0.0.1')
    closing.push(() => {
      other.disconnect()
    })
    await other.subscribe('pq:new')
    const announced = new Promise<string[]>((resolve) => {
      other.on('messageBuffer', (_channel: Buffer, message: Buffer) => {
        resolve(new PackedReader(bytesOfBuffer(message)).readArray())
      })
    })
    await at.redis.zadd('pq:listeners', Date.now() + 60_000, 'other')
    const queued = at.broker.queue('q', [task('1')])
    const [queue, partition, answers = ''] = await announced
    expect([queue, partition]).toEqual(['q', '0'])
    expect(await at.redis.exists('{pq:q}:t')).toBe(0)
    await at.redis.spublish(answers, 'other')
    await queued
    expect(await at.redis.hget('{pq:q}:s', 'E')).not.toBeNull()
    await until('the answers to be left', async () => ((await shardChannels()).length === 0 ? true : undefined))
  })

  it('carry the events of new queues, none lost, to listeners of several processes', async () => {
    const heard: string[][] = [[], []]
    for (const list of heard) {
      const listener = await at.open()
      await listener.onTaskEvent((event, { header }: TaskRecord) => list.push(`${event} ${header.queue}`))
    }
    const names = Array.from({ length: 20 }, (_, i) => `new ${String(i)}`)
    const producers = await Promise.all([at.open(), at.open()])
    // Two processes make the same queue at once.
    await Promise.all(
      names.flatMap((name) => producers.map(async (each, i) => await each.queue(name, [task(String(i))]))),
    )
    const expected = names.flatMap((name) => [`queued ${name}`, `queued ${name}`]).toSorted()
    await until('the events', () => (heard.every(({ length }) => length >= expected.length) ? true : undefined))
    expect(heard.map((list) => list.toSorted())).toEqual([expected, expected])
  })

  it('do not stop a new queue when a listener has died', async () => {
    await at.redis.zadd('pq:listeners', Date.now() + 60_000, 'dead')
    expect(await at.broker.queue('q', [task('1')])).toMatchObject([{ verdict: 'queued' }])
  })

  it('reach the worker of their queue only', async () => {
    const heard: string[] = []
    for (const queue of ['a', 'b']) {
      await at.broker.openWorker(queue, 'w', (notice) => heard.push(`${queue} ${notice.kind}`))
      await at.broker.join(queue, { id: 'w', slots: 1, leaseTtl: 10_000 })
    }
    await at.broker.queue('a', [task('1'), task('2')])
    const { tasks } = await at.broker.settle({ queue: 'a', worker: 'w', lane: 0, seq: 1 }, [], 2)
    await at.broker.revoke('a', ['1'], '{}', 0)
    await at.broker.settle({ queue: 'a', worker: 'w', lane: 0, seq: 2 }, tasks.slice(1).map(done), 0)
    await until('the notice', () => (heard.length > 0 ? true : undefined))
    expect(heard).toEqual(['a revoked'])
  })
})
