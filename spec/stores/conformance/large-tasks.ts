import type { Broker, ClaimedTask, NewTask, Settlement } from 'pulsar-queue'
import { FAILURE, SUCCESS } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { APART_BYTES } from '../../../lib/stores/policy.js'
import { until } from '../../support/until.js'
import type { BrokerFixture } from './broker-fixture.js'
import { bytes, done, first, ids, release, retry, task } from './test-worker.js'

/** Sizes in bytes, small and large in turn: the first one tells a store how to send the others. */
const SIZES = {
  'large ones among small ones': [5, APART_BYTES, 20_000, 3, APART_BYTES - 1, 70_000],
  'small ones behind a large one': [APART_BYTES, 2, 9, 4, 5_000, 1],
  'large ones': [2_000, 3_000, 4_000, APART_BYTES, APART_BYTES + 1, 100_000],
} as const

const IDS = ['a', 'b', 'c', 'd', 'e', 'f']

/** No two bodies or outcomes are the same. */
const textOf = (id: string, size: number): string => `${id}é`.repeat(Math.ceil(size / 3)).slice(0, size)

export function describeLargeTasks(at: BrokerFixture): void {
  describe.each(Object.entries(SIZES))('tasks of several sizes: %s', (_, sizes) => {
    let broker: Broker
    let queue: string
    const { worker, open } = at
    const sizeOf = (id: string): number => sizes[IDS.indexOf(id)] ?? 0
    const bodyOf = (id: string): string => textOf(id, sizeOf(id))
    const outcomeOf = (id: string): string => textOf(id.toUpperCase(), sizes.at(-1 - IDS.indexOf(id)) ?? 0)
    const tasks = (more: Partial<NewTask> = {}): NewTask[] => IDS.map((id) => task(id, { body: bodyOf(id), ...more }))
    const ended = (claimed: ClaimedTask, more: object = {}): Settlement =>
      done(claimed, { outcome: outcomeOf(claimed.id), ...more })

    beforeEach(() => {
      ;({ broker, queue } = at)
    })

    const expectBodies = (claimed: readonly ClaimedTask[], expected = IDS): void => {
      expect(ids(claimed)).toEqual(expected)
      for (const { id, body } of claimed) expect(bytes(body).equals(bytes(bodyOf(id))), id).toBe(true)
    }
    const expectRecords = async (): Promise<void> => {
      for (const [i, record] of (await broker.get(queue, IDS)).entries()) {
        const id = IDS[i] ?? ''
        expect(bytes(record?.body ?? '-').equals(bytes(bodyOf(id))), `body of ${id}`).toBe(true)
        expect(bytes(record?.outcome ?? '-').equals(bytes(outcomeOf(id))), `outcome of ${id}`).toBe(true)
      }
    }

    it.each([{}, { checkDuplicate: true }, { delay: 1 }, { delay: 1, checkDuplicate: true }])(
      'are kept as they were queued, and as they have ended: %o',
      async (more) => {
        const mine = await worker()
        await broker.queue(queue, tasks(more))
        const claimed: ClaimedTask[] = []
        await until('all tasks', async () => {
          claimed.push(...(await mine.claim(10)))
          return claimed.length === IDS.length ? true : undefined
        })
        expectBodies(claimed.toSorted((one, other) => one.id.localeCompare(other.id)))
        await mine.settle(
          claimed.map((each) => ended(each)),
          0,
        )
        await expectRecords()
      },
    )

    it('come again in the repeated reply, and end once where the call is repeated', async () => {
      const mine = await worker()
      await broker.queue(queue, tasks())
      const claim = mine.call()
      expectBodies((await mine.broker.settle(claim, [], 10)).tasks)
      await broker.revoke(queue, ['a', 'd'], '{}', 60_000)
      const { tasks: again } = await mine.broker.settle(claim, [], 10)
      expectBodies(again, ['b', 'c', 'e', 'f'])
      const end = mine.call()
      const settlements = again.map((each) => ended(each))
      for (let i = 0; i < 2; i += 1) {
        const { verdicts } = await mine.broker.settle(end, settlements, 0)
        expect(verdicts).toEqual(again.map(() => 'recorded'))
      }
      expect(await broker.stats(queue)).toMatchObject({ succeeded: 4, revoked: 2 })
    })

    it('end one by one, in any order, with any status, beside others that go back', async () => {
      const mine = await worker()
      await broker.queue(queue, tasks())
      const claimed = await mine.claim(10)
      const [a, b, c, d, e, f] = claimed as [ClaimedTask, ...ClaimedTask[]]
      if (!b || !c || !d || !e || !f) throw new Error('expected six tasks')
      const one = await mine.settle([ended(f), retry(b), ended(c, { status: FAILURE }), release(e)], 0)
      expect(one.verdicts).toEqual(['recorded', 'recorded', 'recorded', 'recorded'])
      const two = await mine.settle([ended(d), ended(f), ended(a)], 10)
      expect(two.verdicts).toEqual(['recorded', 'recorded', 'recorded'])
      expectBodies(two.tasks, ['e', 'b'])
      await mine.settle(
        two.tasks.map((each) => ended(each)),
        0,
      )
      await expectRecords()
      expect((await broker.get(queue, IDS)).map((record) => record?.header.status)).toEqual(
        IDS.map((id) => (id === 'c' ? FAILURE : SUCCESS)),
      )
    })

    it('are told to their inbox, and to those who listen', async () => {
      const mine = await worker()
      const told = new Map<string, unknown>()
      const listener = await open()
      const subscription = await listener.onTaskEvent((event, { header }) => told.set(`${event} ${header.id}`, true))
      await broker.openInbox('me', (notice) => {
        if (notice.kind !== 'done') return
        for (const { id, record } of notice.tasks) told.set(id, record === null ? null : record.outcome)
      })
      await broker.queue(queue, tasks({ inbox: 'me' }))
      const claimed = await mine.claim(10)
      await mine.settle([ended(first(claimed))], 0)
      await mine.settle(
        claimed.slice(1).map((each) => ended(each)),
        0,
      )
      await until('all ends', () => (told.size === 3 * IDS.length ? true : undefined))
      for (const id of IDS) {
        const outcome = told.get(id)
        // What is too large for a notice is looked up.
        if (outcome !== null) expect(bytes(outcome as string).equals(bytes(outcomeOf(id))), id).toBe(true)
      }
      await expectRecords()
      await subscription.close()
    })
  })
}
