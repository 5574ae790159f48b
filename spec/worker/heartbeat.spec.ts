import { EventEmitter, once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sharedClock } from '../../lib/util/clock.js'
import { Heartbeat } from '../../lib/worker/heartbeat.js'
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

  async function joined(worker: string, since = sharedClock(), queue = QUEUE): Promise<void> {
    await broker.join(queue, { id: worker, slots: 1, leaseTtl: LEASE_TTL })
    heartbeat.add(queue, worker, since)
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
    expect(logger.lines[0]?.message).toBe('the lease on queue q could not be renewed, will try again: away')
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

  it('writes of each lease for itself: one that fails is not back when another one is renewed', async () => {
    await heartbeat.close()
    class Refusing extends GatedBroker {
      refuses = true
      override async renew(queue: string, worker: string) {
        if (queue === 'bad' && this.refuses) throw new Error('WRONGTYPE')
        return await super.renew(queue, worker)
      }
    }
    const refusing = new Refusing(`embedded::memory:heartbeat-${String(++stores)}`)
    await refusing.connect()
    broker = refusing
    const ignored = { lost: () => undefined, overdue: () => undefined }
    heartbeat = new Heartbeat(refusing, null, 600_000, logger, ignored, () => undefined)
    await joined('a', sharedClock(), 'bad')
    await joined('b', sharedClock(), 'good')
    const lines = () => logger.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message)
    for (let i = 0; i < 3; i++) {
      heartbeat.beat()
      await turn()
    }
    expect(lines()).toEqual(['the lease on queue bad could not be renewed, will try again: WRONGTYPE'])
    refusing.refuses = false
    heartbeat.beat()
    await turn()
    expect(lines().slice(1)).toEqual(['the lease on queue bad is renewed again'])
  })
})
