import type { Broker, ClaimedTask, SettleReply } from 'pulsar-queue'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { SettleLanes } from '../../lib/worker/settle-lanes.js'
import type { SettleLane } from '../../lib/worker/settle-lane.js'
import { Slots } from '../../lib/worker/slots.js'

/** Both lanes, and the numbers of those that are free, in the order in which their answers were taken. */
function open() {
  const freed: number[] = []
  const broker = { settle: async (_call: unknown, _ends: unknown, max: number) => await Promise.resolve(replyOf(max)) }
  const logger = { info: () => undefined, warn: () => undefined }
  const parts = { broker: broker as unknown as Broker, logger: logger as never, slots: new Slots(10) }
  const lanes = new SettleLanes(
    parts,
    { id: 'w' },
    (lane) => freed.push(lane.number),
    () => undefined,
  )
  const send = (lane: SettleLane | undefined, max: number): void => {
    const call = { queue: 'q', worker: 'w', lane: lane?.number ?? 0, seq: 1 }
    if (lane) lanes.send(lane, { call, batch: [], max }, 0, null)
  }
  return { lanes: lanes.all, send, freed }
}

/** A reply that brings as many tasks. */
function replyOf(count: number): SettleReply {
  const tasks = Array.from({ length: count }, (_, i) => ({ id: String(i) }) as ClaimedTask)
  return { verdicts: [], tasks, nextDue: null, paused: false, hasListeners: false }
}

describe('answers that arrive in one turn of the event loop', () => {
  it('are taken one a turn where they bring tasks', async () => {
    const { lanes, send, freed } = open()
    send(lanes[0], 1)
    send(lanes[1], 1)
    for (let i = 0; i < 20; i += 1) await Promise.resolve()
    expect(freed).toEqual([0])
    await turn()
    await turn()
    expect(freed).toEqual([0, 1])
  })

  it('free their lanes at once where they bring none, as often as they come', async () => {
    const { lanes, send, freed } = open()
    for (const lane of [0, 0, 1, 0]) {
      send(lanes[lane], 0)
      for (let i = 0; i < 20; i += 1) await Promise.resolve()
    }
    expect(freed).toEqual([0, 0, 1, 0])
  })
})
