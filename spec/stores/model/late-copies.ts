import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { isPulsarError } from 'pulsar-queue'
import { CONDEMNED_TTL, OPERATION_TTL } from '../../../lib/stores/policy.js'
import { command } from './command.js'
import type { Model, World } from './world.js'
import { REVOKED } from './world.js'

/** Time of a walk, and more, ms. */
const MARGIN = 60_000
const HOUR = 3_600_000

/** Which of all calls so far is meant: the share of those before it. */
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

function pick<T>(all: readonly T[], at: number): T | undefined {
  return all[Math.floor(at * all.length)]
}

/** A call of a worker that comes after later ones of its lane, or after the end of its lease, does nothing. */
async function lateSettle(model: Model, world: World, at: number): Promise<void> {
  const [index, worker] = pick([...world.workers], at) ?? [0, null]
  const late = worker?.calls.slice(0, -1).findLast(({ call }) => call.seq < worker.seqs[call.lane as 0 | 1])
  if (late === undefined) return
  const isGone = model.workers.get(index) === 'gone'
  await assert.rejects(world.other.settle(late.call, late.settlements, late.max), (error) => {
    return isPulsarError(error, 'PQ_LEASE_LOST') === isGone
  })
}

/** A copy is answered as the call was, and ends nothing that is over. */
async function lateRevoke(model: Model, world: World, at: number): Promise<void> {
  const { ids, outcome } = pick(world.revocations, at) ?? { ids: [], outcome: '' }
  if (ids.length === 0) return
  const answers = await world.other.revoke(world.queue, ids, outcome, MARGIN)
  for (const [i, id] of ids.entries()) {
    const task = model.tasks.get(id)
    if (task !== undefined && model.mayBeGone(task)) continue
    const isLive = task !== undefined && task.state !== 'final'
    // An id that has begun anew is another task.
    assert.equal(answers[i], isLive || (task !== undefined && world.revokedBy.get(id) === outcome), `late: ${id}`)
    if (!isLive) continue
    model.end(id, REVOKED, 0)
    world.revokedBy.set(id, outcome)
  }
}

/** A copy gets the first answer, and drops nothing. */
async function lateFlush(model: Model, world: World, at: number): Promise<void> {
  const flush = pick(world.flushes, at)
  if (flush === undefined || model.elapsed - flush.at > OPERATION_TTL - MARGIN) return
  assert.equal(await world.other.flush(world.queue, flush.operation), flush.dropped, 'a late flush')
}

/** The id of a condemned worker gets no lease again. */
async function lateJoin(model: Model, world: World, at: number): Promise<void> {
  const worker = pick(world.condemned, at)
  if (worker === undefined || model.elapsed - worker.at > CONDEMNED_TTL - MARGIN) return
  const state = await world.other.join(world.queue, { id: worker.id, slots: 1, leaseTtl: HOUR })
  assert.equal(state, 'lost', 'a condemned worker has a lease again')
}

/** A copy of an earlier call comes late: others have come in between. */
export const late = fc.tuple(fc.constantFrom(lateSettle, lateRevoke, lateFlush, lateJoin), share).map(([kind, at]) => {
  return command(`${kind.name}(${String(at)})`, async (model, world) => await kind(model, world, at))
})
