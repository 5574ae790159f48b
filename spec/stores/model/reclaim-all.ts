import { strict as assert } from 'node:assert'
import type { Model, World } from './world.js'
import { FAILURE, QUEUED } from './world.js'

const RECLAIM = { crashCap: 3, outcome: '{"e":"crashed"}', ttl: 60_000, grace: 1 }
/** A queue that is always empty, and is paused so that it is never forgotten. */
export const SWEEPER = 'sweeper'
/** Passes until everyone whose lease ran out is condemned and moved. */
export async function reclaimAll(model: Model, world: World): Promise<void> {
  const due = [...model.workers].filter(([index, state]) => index > 1 && state === 'joined').map(([index]) => index)
  const condemned = new Set<string>()
  const failed = new Set<string>()
  let more = true
  for (let pass = 0; more || due.some((index) => !condemned.has(world.worker(index).id)); pass++) {
    assert(pass < 1_000, 'I12: reclaiming comes to no end')
    const reply = await (pass % 2 === 0 ? world.broker : world.other).reclaim(world.queue, RECLAIM)
    for (const id of reply.condemned) condemned.add(id)
    for (const id of reply.failed) failed.add(id)
    more = reply.more
  }
  const dead = due.map((index) => world.worker(index).id)
  assert.deepEqual([...condemned].sort(), dead.sort(), 'a live worker was condemned')
  for (const index of due) {
    for (const [id] of model.heldBy(world.worker(index).id)) {
      model.suspects = true
      if (failed.delete(id)) model.end(id, FAILURE, 0)
      else model.waitAgain(id, QUEUED, false)
    }
    model.workers.set(index, 'gone')
    world.condemned.push({ id: world.worker(index).id, at: model.elapsed })
  }
  assert.deepEqual([...failed], [], 'what the dead did not hold was ended')
  // A pass over another queue forgets this one, where the store is embedded.
  await world.other.reclaim(SWEEPER, RECLAIM)
  await lookForForgotten(model, world)
}

/** A pass may forget the queue where nobody uses it. */
async function lookForForgotten(model: Model, world: World): Promise<void> {
  if (model.stats.queued === 0 || (await world.broker.queues()).includes(world.queue)) return
  assert(model.mayBeForgotten(), 'a queue that is in use was forgotten')
  for (const id of [...model.tasks.keys()]) world.expired(model, id)
  model.forget()
}
