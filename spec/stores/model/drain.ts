import { strict as assert } from 'node:assert'
import type { Settlement } from 'pulsar-queue'
import { FORGET_AFTER } from '../../../lib/stores/policy.js'
import { jumpBy } from './clock-jumps.js'
import { IDS } from './command.js'
import { send, settlementOf } from './commands.js'
import { reclaimAll } from './reclaim-all.js'
import type { Model, RealWorker, World } from './world.js'

const HOUR = 3_600_000

/** Ends a run: everything left is done by one worker, and nothing but records stays. */
export async function drain(model: Model, world: World): Promise<void> {
  if (model.paused) await world.broker.resume(world.queue)
  model.paused = false
  await reclaimAll(model, world)
  for (const [index, state] of model.workers)
    if (state === 'joined') await world.broker.leave(world.queue, world.worker(index).id)
  for (const [, task] of model.tasks) if (task.state === 'held') Object.assign(task, { state: 'waiting', holder: null })
  const waiting = [...model.tasks].filter(([, { state }]) => state === 'waiting')
  await world.broker.promote(
    world.queue,
    waiting.map(([id]) => id),
  )
  const worker: RealWorker = { id: world.name('drainer'), seqs: [0, 0], last: [null, null], calls: [], claims: [] }
  world.workers.set(0, worker)
  await world.broker.join(world.queue, { id: worker.id, slots: 4, leaseTtl: HOUR })
  model.workers.set(0, 'joined')
  // What was delayed by a millisecond counts as ready for the lines no sooner than it is handed out.
  for (let settlements: Settlement[] = [], round = 0; ; round++) {
    assert(round < 200, `I12: the queue does not drain: ${JSON.stringify(model.waiting())}`)
    const before = worker.claims.length
    await send(model, world, 0, 0, settlements, 4)
    const fresh = worker.claims.slice(before)
    if (fresh.length === 0 && model.waiting().length === 0) break
    settlements = fresh.map((claim) => settlementOf(0, claim, false, 0, world.name('outcome')))
  }
  await world.count(model)
  const ids = [...new Set([...IDS, ...model.tasks.keys()])]
  const records = await world.broker.get(world.queue, ids)
  for (const [i, id] of ids.entries()) world.judge(model, id, records[i] ?? null)
  await world.broker.leave(world.queue, worker.id)
  model.workers.clear()
  assert.deepEqual(await world.store.leftOvers(world.queue), [], 'I11: what is left after a drain')
}

/** Lets the time pass after which an empty queue is forgotten. One with a schedule stays. */
export async function forget(model: Model, world: World): Promise<void> {
  const isKnown = async (): Promise<boolean> => (await world.broker.queues()).includes(world.queue)
  const wasKnown = await isKnown()
  await jumpBy(model, world, FORGET_AFTER - HOUR)
  await reclaimAll(model, world)
  // The clock may have been moved back since the queue was used last.
  await jumpBy(model, world, 2 * FORGET_AFTER)
  await reclaimAll(model, world)
  assert.equal(await isKnown(), wasKnown && model.schedules.size > 0, 'I11: whether the queue is forgotten')
  if (model.schedules.size === 0)
    assert.deepEqual(await world.store.all(world.queue), [], 'I11: what is left of a forgotten queue')
}
