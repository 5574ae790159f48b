import type { Broker } from 'pulsar-queue'
import { QUEUED, SUCCESS } from 'pulsar-queue'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../../support/until.js'
import type { BrokerFixture } from './broker-fixture.js'
import { done, task } from './test-worker.js'

export function describeNotices(at: BrokerFixture): void {
  describe('notices', () => {
    let broker: Broker
    let queue: string
    const { open, worker } = at

    beforeEach(() => {
      ;({ broker, queue } = at)
    })

    it('tell the inbox that a task was queued or looked up with of its end', async () => {
      const told = new Map<string, (number | undefined)[]>()
      const listen = async (inbox: string): Promise<Broker> => {
        const opened = await open()
        await opened.openInbox(inbox, (notice) => {
          if (notice.kind !== 'done') return
          for (const { id, record } of notice.tasks) told.set(`${inbox} ${id}`, [record?.header.status])
        })
        return opened
      }
      const [one, two] = [await listen('one'), await listen('two')]
      await one.queue(queue, [task('a', { inbox: 'one' }), task('b', { inbox: 'one' }), task('c')])
      expect((await two.get(queue, ['a', 'c', 'never'], 'two')).map((record) => record?.header.status)).toEqual([
        QUEUED,
        QUEUED,
        undefined,
      ])
      const mine = await worker()
      await mine.settle(
        (await mine.claim(3)).map((each) => done(each)),
        0,
      )
      await until('four ends', () => (told.size === 4 ? true : undefined))
      expect([...told.keys()].sort()).toEqual(['one a', 'one b', 'two a', 'two c'])
      expect([...told.values()].flat()).toEqual([SUCCESS, SUCCESS, SUCCESS, SUCCESS])
    })

    it('announce queued and done in order, while someone listens', async () => {
      const mine = await worker()
      expect((await mine.settle([], 1)).hasListeners).toBe(false)
      const seen: string[] = []
      const subscription = await (
        await open()
      ).onTaskEvent((event, record) => seen.push(`${event} ${record.header.id}`))
      const elsewhere = `${queue} elsewhere`
      await broker.queue(elsewhere, [task('new queue')])
      await broker.queue(queue, [task('a')])
      const { tasks, hasListeners } = await mine.settle([], 1)
      expect(hasListeners).toBe(true)
      const [record] = await broker.get(queue, ['a'])
      if (record) await mine.broker.announce(queue, 'started', [record])
      await mine.settle(
        tasks.map((each) => done(each)),
        0,
      )
      await until('four events', () => (seen.length === 4 ? true : undefined))
      expect(seen).toEqual(['queued new queue', 'queued a', 'started a', 'done a'])
      await subscription.close()
      await subscription.close()
    })

    it('of events go on after a listener that throws, to it and to the others, with a warning', async () => {
      const warned: string[] = []
      // A store may warn of its server's settings as well.
      const warn = ({ message }: Error): void => {
        if (message.startsWith('not ')) warned.push(message)
      }
      process.on('warning', warn)
      onTestFinished(() => void process.off('warning', warn))
      const heard: string[] = []
      const there = await open()
      await there.onTaskEvent((_event, { header }) => {
        heard.push(`throws ${header.id}`)
        throw new Error(`not ${header.id}`)
      })
      await there.onTaskEvent((_event, { header }) => heard.push(`other ${header.id}`))
      await broker.queue(queue, [task('a'), task('b')])
      await broker.queue(queue, [task('c')])
      await until('six events', () => (heard.length === 6 ? true : undefined))
      expect(heard.filter((line) => line.startsWith('throws'))).toEqual(['throws a', 'throws b', 'throws c'])
      expect(heard.filter((line) => line.startsWith('other'))).toEqual(['other a', 'other b', 'other c'])
      await until('three warnings', () => (warned.length === 3 ? true : undefined))
      expect(warned).toEqual(['not a', 'not b', 'not c'])
    })
  })
}
