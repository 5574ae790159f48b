import { EventEmitter, once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sharedClock } from '../../lib/util/clock.js'
import type { HeartbeatReport } from '../../lib/worker/heartbeat.js'
import { Heartbeat } from '../../lib/worker/heartbeat.js'
import { blockLoop, inSocketHandler } from '../support/blocked-loop.js'
import { GatedBroker } from '../support/gated-broker.js'
import { KeptLogger } from '../support/kept-logger.js'

const QUEUE = 'q'
/** ms. A beat comes every 20 ms. */
const LEASE_TTL = 60
let stores = 0

describe('a heartbeat', () => {
  let broker: GatedBroker
  let heartbeat: Heartbeat
  let lost: string[]
  let logger: KeptLogger
  const happened = new EventEmitter()

  beforeEach(async () => {
    lost = []
    logger = new KeptLogger()
    broker = new GatedBroker(`embedded::memory:heartbeat-${String(++stores)}`)
    await broker.connect()
    const listener = {
      lost: (_queue: string, worker: string) => {
        lost.push(worker)
        happened.emit('lost')
      },
      overdue: () => undefined,
    }
    heartbeat = new Heartbeat(broker, null, LEASE_TTL, logger, listener, () => happened.emit('beat'))
    heartbeat.start()
  })
  afterEach(async () => {
    await heartbeat.close()
    await broker.close()
  })

  async function joined(worker: string, since = sharedClock()): Promise<void> {
    await broker.join(QUEUE, { id: worker, slots: 1, leaseTtl: LEASE_TTL })
    heartbeat.add(QUEUE, worker, since)
  }

  it('renews each lease at each beat', async () => {
    await joined('a')
    await joined('b')
    await once(happened, 'beat')
    await once(happened, 'beat')
    expect(broker.idsOf('renew')).toEqual(['a', 'b', 'a', 'b'])
    expect(lost).toEqual([])
  })

  it('says once that the store has lost a lease, and renews it no more', async () => {
    await joined('a')
    await broker.leave(QUEUE, 'a')
    await once(happened, 'lost')
    await once(happened, 'beat')
    await turn()
    expect(lost).toEqual(['a'])
    expect(broker.idsOf('renew')).toEqual(['a'])
  })

  it('looks at once, when it is asked to, whether a lease is over, and then goes on', async () => {
    const thread = { send: () => undefined, onReport: () => undefined, close: () => Promise.resolve() }
    const listener = { lost: (_queue: string, worker: string) => lost.push(worker), overdue: () => undefined }
    const unstarted = new Heartbeat(broker, thread, LEASE_TTL, logger, listener, () => undefined)
    unstarted.add(QUEUE, 'over', sharedClock() - LEASE_TTL - 1)
    unstarted.add(QUEUE, 'valid', sharedClock())
    const seen: string[][] = []
    for (const worker of ['over', 'valid', 'unknown']) {
      await new Promise<void>((resolve) => {
        unstarted.look(worker, resolve)
      })
      seen.push([...lost])
    }
    expect(seen).toEqual([['over'], ['over'], ['over']])
    await unstarted.close()
  })

  it('counts the renewals that its thread has made while a handler of a socket blocked the event loop', async () => {
    const { port1: threadPort, port2: port } = new MessageChannel()
    const thread = {
      send: () => undefined,
      onReport: (listener: (report: HeartbeatReport) => void) => {
        port.on('message', listener)
      },
      close: () => {
        port.close()
        return Promise.resolve()
      },
    }
    const listener = { lost: (_queue: string, worker: string) => lost.push(worker), overdue: () => undefined }
    const blocked = new Heartbeat(broker, thread, LEASE_TTL, logger, listener, () => undefined)
    blocked.start()
    blocked.add(QUEUE, 'renewed', sharedClock())
    await new Promise<void>((resolve) => {
      inSocketHandler(() => {
        blockLoop(2 * LEASE_TTL)
        threadPort.postMessage({ kind: 'renewed', queue: QUEUE, worker: 'renewed', sentAt: sharedClock() })
        blocked.look('renewed', resolve)
      })
    })
    expect(lost).toEqual([])
    await blocked.close()
  })

  it('takes a lease for lost when the store has not answered for as long as it lasts', async () => {
    await joined('a')
    const renewals = broker.holdEvery('renew')
    await once(happened, 'lost')
    expect(lost).toEqual(['a'])
    renewals.pass()
  })

  it('takes a lease for lost when no renewal has succeeded for as long as it lasts, and not before', async () => {
    const renewals = broker.holdEvery('renew')
    renewals.fail(new Error('away'))
    const since = sharedClock()
    await joined('a', since)
    await once(happened, 'lost')
    expect(lost).toEqual(['a'])
    expect(sharedClock() - since).toBeGreaterThanOrEqual(LEASE_TTL)
    expect(logger.lines[0]?.message).toBe('a lease could not be renewed, will try again: away')
  })

  it('says that leases are renewed again when all of them are, and not while one still fails', async () => {
    const listener = { lost: () => undefined, overdue: () => undefined }
    const patient = new Heartbeat(broker, null, 60_000, logger, listener, () => undefined)
    for (const worker of ['a', 'b']) {
      await broker.join(QUEUE, { id: worker, slots: 1, leaseTtl: 60_000 })
      patient.add(QUEUE, worker, sharedClock())
    }
    for (const failure of [new Error('away'), new Error('still away'), null]) {
      if (failure !== null) broker.hold('renew', 'call').fail(failure)
      patient.beat()
      await broker.renew(QUEUE, 'b')
      await turn()
    }
    await patient.close()
    expect(logger.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'warn: a lease could not be renewed, will try again: away',
      'debug: a lease could not be renewed, will try again: still away',
      'info: leases are renewed again',
    ])
  })

  it('reports nothing about a lease that was removed while its renewal was under way', async () => {
    await joined('a')
    const renewal = broker.hold('renew', 'call')
    await renewal.arrived
    heartbeat.remove(QUEUE, 'a')
    await broker.leave(QUEUE, 'a')
    renewal.pass()
    await once(happened, 'beat')
    await turn()
    expect(lost).toEqual([])
    expect(broker.idsOf('renew')).toEqual(['a'])
  })
})
