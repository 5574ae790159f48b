import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deferred } from '../../lib/util/deferred.js'
import { SettleLanes } from '../../lib/worker/settle-lanes.js'
import type { SettleCall } from '../../lib/worker/settle-sender.js'
import { Slots } from '../../lib/worker/slots.js'
import { GatedBroker } from '../support/gated-broker.js'
import { KeptLogger } from '../support/kept-logger.js'
import { newTask } from '../support/new-task.js'
import { until } from '../support/until.js'

const QUEUE = 'q'

describe('the calls of a worker', () => {
  let broker: GatedBroker
  let lanes: SettleLanes
  let answered: number[]

  beforeEach(async () => {
    broker = new GatedBroker('embedded::memory:settle-lanes')
    await broker.connect()
    await broker.openWorker(QUEUE, 'w', () => undefined)
    await broker.join(QUEUE, { id: 'w', slots: 5, leaseTtl: 60_000 })
    answered = []
    const parts = { broker, logger: new KeptLogger(), slots: new Slots(5) }
    lanes = new SettleLanes(
      parts,
      { id: 'w' },
      (_lane, { call }) => answered.push(call.seq),
      () => undefined,
    )
  })
  afterEach(async () => {
    await broker.close()
  })

  /** @param told - resolves when the call may be sent */
  function send(number: 0 | 1, seq: number, max: number, told: Promise<void> | null): void {
    const call: SettleCall = { call: { queue: QUEUE, worker: 'w', lane: number, seq }, batch: [], max }
    const lane = lanes.all[number]
    if (!lane) throw new Error('there are two lanes')
    lanes.send(lane, call, 0, told)
  }

  it('come in order, also where one waits until its runs were announced: so who is idle stays listed as idle', async () => {
    const told = deferred<undefined>()
    send(1, 1, 0, told.promise)
    send(0, 2, 5, null)
    // A call of another worker is answered behind those that were sent.
    await broker.renew(QUEUE, 'w')
    expect(answered).toEqual([])
    told.resolve(undefined)
    await until('both answers', () => (answered.length === 2 ? true : undefined))
    expect(broker.sent.flatMap(({ seq }) => seq ?? [])).toEqual([1, 2])
    await broker.queue(QUEUE, [newTask('a')])
    await until('the worker to be woken', () => (broker.notices.length > 0 ? true : undefined))
  })

  it('wait for nothing where no call before them waits any more', async () => {
    send(1, 1, 0, Promise.resolve())
    await until('the answer', () => (answered.length === 1 ? true : undefined))
    send(0, 2, 5, null)
    expect(broker.sent.flatMap(({ seq }) => seq ?? [])).toEqual([1, 2])
    await until('the answer', () => (answered.length === 2 ? true : undefined))
  })
})
