import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunEnd } from '../../lib/execution/run-end.js'
import type { Run } from '../../lib/execution/run.js'
import { PermitKeeper } from '../../lib/locks/permit-keeper.js'
import { REVOKED } from '../../lib/model/task-state.js'
import { encodeCall } from '../../lib/serializers/task-codec.js'
import { EmbeddedBroker } from '../../lib/stores/embedded/embedded-broker.js'
import { EmbeddedPermitStore } from '../../lib/stores/embedded/embedded-permit-store.js'
import { toBytes } from '../../lib/model/encoded.js'
import { ConcurrencyLimiter } from '../../lib/worker/concurrency-limiter.js'
import { claimedTask, executing, runnableJob } from '../execution/support.js'
import { newTask } from '../support/new-task.js'

const LEASE_TTL = 600_000
const job = runnableJob('job', () => 'ran', { maxConcurrency: 1, expires: 1 })
const { serializer, logger, jobs, executor } = executing(job)
let stores = 0

describe('a permit under maxConcurrency', () => {
  let broker: EmbeddedBroker
  let permitStore: EmbeddedPermitStore
  let permitKeeper: PermitKeeper
  let limiter: ConcurrencyLimiter

  /** A run of a task that was queued at 1,000 and expires at 2,000. */
  const runOf = (id: string, claimedAt: number): Run => {
    const body = toBytes(encodeCall(serializer, { job: 'job' }))
    return executor.runOf('queue', claimedTask({ id, body, claimedAt }), {})
  }
  const execute = async (run: Run): Promise<RunEnd> => await limiter.execute(executor, run, executor.limitOf(run))
  const isOffered = async (id: string): Promise<boolean> =>
    (await permitStore.renew('limit:job', [`/queue/${id}`], LEASE_TTL))[0] === true

  beforeEach(async () => {
    const url = `embedded::memory:limiter-${String(++stores)}`
    broker = new EmbeddedBroker(url)
    await broker.connect()
    permitStore = new EmbeddedPermitStore(url)
    permitKeeper = new PermitKeeper(permitStore, LEASE_TTL, logger)
    limiter = new ConcurrencyLimiter({ broker, permitStore, permitKeeper, jobs, logger, leaseTtl: LEASE_TTL })
  })
  afterEach(async () => {
    permitKeeper.close()
    await permitStore.close()
    await broker.close()
  })

  it('is not offered to a task that has expired, and one that expires with an offer passes it on at once', async () => {
    const first = runOf('first', 1_000)
    await execute(first)
    for (const id of ['early', 'stale', 'fresh']) {
      const body = toBytes(encodeCall(serializer, { job: 'job' }))
      await broker.queue('queue', [newTask(id, { job: 'job', body, delay: LEASE_TTL })])
      const end = await execute(runOf(id, 1_400))
      expect(end).toMatchObject({ kind: 'release', delay: 601 })
    }
    expect(await execute(runOf('early', 2_001))).toMatchObject({ kind: 'done', status: REVOKED })
    await limiter.whenReleased()
    limiter.settled(first, true)
    await limiter.whenReleased()
    expect([await isOffered('stale'), await isOffered('fresh')]).toEqual([true, false])

    expect(await execute(runOf('stale', 2_001))).toMatchObject({ kind: 'done', status: REVOKED })
    await limiter.whenReleased()
    expect([await isOffered('stale'), await isOffered('fresh')]).toEqual([false, true])
    // Those with an offer were promoted.
    expect(await broker.size('queue')).toMatchObject({ ready: 2, delayed: 1 })
  })
})
