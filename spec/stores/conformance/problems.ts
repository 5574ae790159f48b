import type { Broker, ClaimedTask, OperationsStore, ProblemReport, Settlement, StoredProblem } from 'pulsar-queue'
import { FAILURE } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import type { BrokerFixture } from './broker-fixture.js'
import { done, retry, task } from './test-worker.js'

const report = (id: string, more: Partial<ProblemReport> = {}): ProblemReport => ({
  id,
  error: 'TypeError',
  message: 'no customer <n>',
  version: '1.0.0',
  ...more,
})

export function describeProblems(at: BrokerFixture): void {
  describe('problems', () => {
    let broker: Broker
    let operations: OperationsStore
    let queue: string

    beforeEach(() => {
      ;({ broker, queue, operations } = at)
    })

    const claimed = async (...ids: string[]): Promise<readonly ClaimedTask[]> => {
      await broker.queue(
        queue,
        ids.map((id) => task(id, { job: 'mail.send' })),
      )
      return await (await worker()).claim(ids.length)
    }
    let mine: Awaited<ReturnType<BrokerFixture['worker']>> | null = null
    beforeEach(() => {
      mine = null
    })
    const worker = async (): Promise<NonNullable<typeof mine>> => (mine ??= await at.worker())
    const failed = (each: ClaimedTask, problem: ProblemReport): Settlement =>
      done(each, { status: FAILURE, outcome: '{"e":"no"}', problem })
    const settle = async (...settlements: Settlement[]): Promise<void> => {
      await (await worker()).settle(settlements, 0)
    }
    const known = async (): Promise<readonly StoredProblem[]> =>
      [...(await operations.problems(queue))].sort((a, b) => (a.id < b.id ? -1 : 1))

    /** The store's clock moves on. */
    const later = async (): Promise<void> => {
      const { now: before } = await operations.inspect(queue)
      await until('the next millisecond', async () =>
        (await operations.inspect(queue)).now > before ? true : undefined,
      )
    }

    it('are none where no run has failed', async () => {
      expect(await operations.problems(queue)).toEqual([])
      const tasks = await claimed('a')
      await settle(...tasks.map((each) => done(each)))
      expect(await operations.problems(queue)).toEqual([])
      expect(await operations.markProblems(queue, ['x'], 'muted')).toEqual([false])
    })

    it('count ends and retries, with the last versions and tasks', async () => {
      const [a, b, c, d, e] = await claimed('a', 'b', 'c', 'd', 'e')
      if (!a || !b || !c || !d || !e) throw new Error('expected five tasks')
      await settle(failed(a, report('x', { version: null })))
      await settle(
        { ...retry(b, 60_000), problem: report('x') } as Settlement,
        failed(c, report('y', { error: 'RangeError' })),
      )
      await settle(failed(d, report('x', { version: '1.1.0' })), failed(e, report('x')))
      const [x, y] = await known()
      expect(x).toEqual({
        id: 'x',
        job: 'mail.send',
        error: 'TypeError',
        message: 'no customer <n>',
        state: 'open',
        regressed: false,
        count: 4,
        first: expect.any(Number) as number,
        last: expect.any(Number) as number,
        versions: ['1.0.0', '1.1.0'],
        samples: ['e', 'd', 'b'],
      })
      expect(x?.last).toBeGreaterThanOrEqual(x?.first ?? Infinity)
      expect(y).toMatchObject({ id: 'y', error: 'RangeError', count: 1, versions: ['1.0.0'], samples: ['c'] })
    })

    it('count a call once that is sent again, and no settlement of a task that is held no more', async () => {
      const [a, b] = await claimed('a', 'b')
      if (!a || !b) throw new Error('expected two tasks')
      const call = (await worker()).call()
      const settlements = [failed(a, report('x')), { ...retry(b, 60_000), problem: report('x') } as Settlement]
      await broker.settle(call, settlements, 0)
      await broker.settle(call, settlements, 0)
      await settle(...settlements)
      expect(await known()).toMatchObject([{ id: 'x', count: 2 }])
    })

    it('regress when they come back after they were resolved, and are told of no more when they are muted', async () => {
      const [a, b, c, d] = await claimed('a', 'b', 'c', 'd')
      if (!a || !b || !c || !d) throw new Error('expected four tasks')
      await settle(failed(a, report('x')))
      expect(await operations.markProblems(queue, ['x', 'nothing'], 'resolved')).toEqual([true, false])
      expect(await known()).toMatchObject([{ state: 'resolved', regressed: false, count: 1 }])
      await settle(failed(b, report('x')))
      expect(await known()).toMatchObject([{ state: 'open', regressed: true, count: 2 }])
      await operations.markProblems(queue, ['x'], 'muted')
      await settle(failed(c, report('x')))
      expect(await known()).toMatchObject([{ state: 'muted', regressed: false, count: 3 }])
      await operations.markProblems(queue, ['x'], 'open')
      await settle(failed(d, report('x')))
      expect(await known()).toMatchObject([{ state: 'open', regressed: false, count: 4 }])
    })

    it('are 500 of a queue at most: those that were seen last', async () => {
      const ids = Array.from({ length: 502 }, (_, i) => `t${String(i)}`)
      const tasks = await claimed(...ids)
      expect(tasks.length).toBe(502)
      await settle(...tasks.slice(0, 1).map((each) => failed(each, report('oldest'))))
      await later()
      await settle(...tasks.slice(1, 500).map((each) => failed(each, report(each.id))))
      expect((await known()).length).toBe(500)
      await later()
      await settle(...tasks.slice(500).map((each) => failed(each, report(each.id))))
      const left = (await known()).map(({ id }) => id)
      expect(left.length).toBe(452)
      expect(left).not.toContain('oldest')
      expect(left).toEqual(expect.arrayContaining(['t500', 't501']))
    })
  })
}
