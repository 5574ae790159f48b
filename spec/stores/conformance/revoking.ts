import type { Broker } from 'pulsar-queue'
import { REVOKED, SUCCESS } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import type { BrokerFixture } from './broker-fixture.js'
import { done, first, task } from './test-worker.js'

export function describeRevoking(at: BrokerFixture): void {
  describe('revoking', () => {
    let broker: Broker
    let queue: string
    const { worker, status } = at

    beforeEach(() => {
      ;({ broker, queue } = at)
    })

    it('ends ready, delayed and held tasks at once, and tells the holder', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('held'), task('ready'), task('delayed', { delay: 60_000 })])
      const held = first(await mine.claim(1))
      const outcome = '{"e":"revoked","i":1}'
      expect(await broker.revoke(queue, ['held', 'ready', 'delayed', 'never'], outcome, 60_000)).toEqual([
        true,
        true,
        true,
        false,
      ])
      await until('the notice', () =>
        mine.notices.some((notice) => notice.kind === 'revoked' && notice.id === 'held') ? true : undefined,
      )
      expect((await mine.settle([done(held)], 5)).verdicts).toEqual(['stale'])
      expect(await mine.claim(5)).toEqual([])
      expect(await broker.size(queue)).toEqual({ ready: 0, delayed: 0, held: 0 })
      expect(await Promise.all(['held', 'ready', 'delayed'].map(status))).toEqual([REVOKED, REVOKED, REVOKED])
      // Sent again it is the same call; another one changes nothing.
      expect(await broker.revoke(queue, ['ready'], outcome, 60_000)).toEqual([true])
      expect(await broker.revoke(queue, ['ready'], '{"e":"revoked","i":2}', 60_000)).toEqual([false])
    })

    it('does not change a finished task', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('a')])
      await mine.settle([done(first(await mine.claim(1)))], 0)
      expect(await broker.revoke(queue, ['a'], '{}', 60_000)).toEqual([false])
      expect(await status('a')).toBe(SUCCESS)
    })
  })
}
