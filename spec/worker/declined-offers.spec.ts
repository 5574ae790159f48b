import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunEnd } from '../../lib/execution/run-end.js'
import { PermitKeeper } from '../../lib/locks/permit-keeper.js'
import { toBytes } from '../../lib/model/encoded.js'
import { encodeCall } from '../../lib/serializers/task-codec.js'
import type { Broker } from '../../lib/stores/broker.js'
import { loadStore } from '../../lib/stores/open-store.js'
import type { PermitStore } from '../../lib/stores/permit-store.js'
import type { Subscription } from '../../lib/util/subscription.js'
import { ConcurrencyLimiter } from '../../lib/worker/concurrency-limiter.js'
import { claimedTask, executing } from '../execution/support.js'
import { newTask } from '../support/new-task.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'

const QUEUE = 'queue'
const LIMIT = 'limit:job'
const LEASE_TTL = 600_000
const holderOf = (id: string): string => `/${QUEUE}/${id}`
const { serializer, logger, jobs, executor } = executing()
const body = toBytes(encodeCall(serializer, { job: 'job' }))

describe.each(STORES)('a worker that does not know the job of a parked task, on $store', ({ make }) => {
  let store: Store
  let broker: Broker
  let permitStore: PermitStore
  let permitKeeper: PermitKeeper
  let limiter: ConcurrencyLimiter
  let consumed: Subscription

  /** The worker has claimed a task, and cannot run it. */
  const claim = async (id: string): Promise<RunEnd> => {
    const end = await limiter.execute(executor, executor.runOf(QUEUE, claimedTask({ id, body }), {}), null)
    await limiter.whenReleased()
    return end
  }
  const offers = async (...ids: string[]): Promise<readonly boolean[]> =>
    await permitStore.renew(LIMIT, ids.map(holderOf), LEASE_TTL)

  beforeEach(async () => {
    store = await make()
    const factory = await loadStore(store.url)
    broker = factory.broker(store.url)
    await broker.connect()
    permitStore = factory.locks(store.url)
    permitKeeper = new PermitKeeper(permitStore, LEASE_TTL, logger)
    limiter = new ConcurrencyLimiter({ broker, permitStore, permitKeeper, jobs, logger, leaseTtl: LEASE_TTL })
    consumed = await broker.openWorker(QUEUE, 'worker', () => undefined)
    await broker.join(QUEUE, { id: 'worker', slots: 1, leaseTtl: LEASE_TTL })
    // One task runs, and three are parked.
    await permitStore.acquire(LIMIT, [{ holder: holderOf('running'), max: 1 }], LEASE_TTL, 0)
    for (const id of ['first', 'second', 'third']) {
      await broker.queue(QUEUE, [newTask(id, { job: 'job', body, delay: LEASE_TTL })])
      await permitStore.acquire(LIMIT, [{ holder: holderOf(id), max: 1 }], LEASE_TTL, LEASE_TTL)
    }
  })
  afterEach(async () => {
    permitKeeper.close()
    await consumed.close()
    await permitStore.close()
    await broker.close()
    await store.dispose()
  })

  it('passes its permit on to the next task at once, and releases it for another worker', async () => {
    await permitStore.release(LIMIT, holderOf('running'), null, 1)
    expect(await offers('first', 'second')).toEqual([true, false])
    expect(await claim('first')).toMatchObject({ kind: 'release', forOthers: true })
    expect(await offers('first', 'second')).toEqual([false, true])
    // The next task was promoted.
    expect(await broker.size(QUEUE)).toMatchObject({ ready: 1, delayed: 2 })
    const [record] = await broker.get(QUEUE, ['second'])
    expect(record?.header.dueAt).toBeLessThan(Date.now() + LEASE_TTL / 2)
  })

  it('passes it on past tasks that are over', async () => {
    await broker.revoke(QUEUE, ['second'], '{}', 1)
    await permitStore.release(LIMIT, holderOf('running'), null, 1)
    await claim('first')
    expect(await offers('first', 'second', 'third')).toEqual([false, false, true])
  })

  it('takes no permit from a run that goes on in a worker that is thought to be dead', async () => {
    await claim('running')
    expect(await offers('running', 'first')).toEqual([true, false])
  })
})
