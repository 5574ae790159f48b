import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import type { ClaimedTask, LaneCall, Settlement, SettleReply } from 'pulsar-queue'
import { isPulsarError } from 'pulsar-queue'
import { APART_BYTES } from '../../../lib/stores/policy.js'
import { jump } from './clock-jumps.js'
import { command, IDS } from './command.js'
import { findHanded, TAKES } from './hand-overs.js'
import { holds } from './holds.js'
import { late } from './late-copies.js'
import { reclaimAll } from './reclaim-all.js'
import { ticks } from './ticks.js'
import type { Model, RealWorker, World } from './world.js'
import { FAILURE, QUEUED, RETRY, REVOKED, SUCCESS } from './world.js'

const HOUR = 3_600_000
/** Odd workers: their lease has run out by the next look. */
const SHORT = 1

/** What a settle must answer, and what is true after it. */
function settled(
  model: Model,
  worker: RealWorker,
  settlements: readonly Settlement[],
  max: number,
  reply: SettleReply,
): void {
  settlements.forEach((settlement, i) => {
    const { id, fence } = settlement.task
    const task = model.tasks.get(id)
    const isHeld = task?.state === 'held' && task.holder === worker.id && task.fence === fence
    const verdict = reply.verdicts[i]
    if (!isHeld) {
      if (task !== undefined && model.mayBeGone(task)) return
      if (task === undefined) assert.equal(verdict, 'unknown', `I2: an outcome of ${id}, which was dropped`)
      else if (task.state === 'final' && task.fence === fence) assert.equal(verdict, 'recorded')
      else if (settlement.kind !== 'done' && verdict === 'recorded') return
      else assert.equal(verdict, 'stale', `I2: a stale outcome of ${id} (${task.state})`)
      return
    }
    assert.equal(verdict, 'recorded', `the outcome of ${id}, which ${worker.id} holds`)
    if (settlement.kind === 'done') {
      task.runs += 1
      model.end(id, settlement.status, fence)
    } else if (settlement.kind === 'retry') {
      task.runs += 1
      model.stats.retried += 1
      model.waitAgain(id, RETRY, settlement.delay > 0)
      if (settlement.delay === 0) model.lines[task.priority]?.push(id)
    }
  })
  const released = settlements.filter((settlement, i) => {
    const { id, fence } = settlement.task
    const task = model.tasks.get(id)
    const isHeld = task?.state === 'held' && task.holder === worker.id && task.fence === fence
    return settlement.kind === 'release' && isHeld && reply.verdicts[i] === 'recorded'
  })
  for (const settlement of released.reverse()) {
    const delay = settlement.kind === 'release' ? settlement.delay : 0
    const { id } = settlement.task
    model.waitAgain(id, QUEUED, delay > 0)
    if (delay === 0) model.lines[model.tasks.get(id)?.priority ?? 0]?.unshift(id)
  }
  handed(model, worker, reply.handed ?? [])
  claimed(model, worker, max, reply)
}

/** What was leased to an idle worker as it was queued; its fence is known from the first reply on. */
function handed(model: Model, worker: RealWorker, tasks: readonly ClaimedTask[]): void {
  for (const claim of tasks) {
    const task = model.tasks.get(claim.id)
    assert(task?.state === 'held' && task.holder === worker.id, `I2: ${claim.id} was handed over, and is not held`)
    assert(task.fence === claim.fence || !worker.claims.some(({ fence }) => fence === task.fence), 'another fence')
    assert.equal(claim.run, task.runs + 1, `I3: the run of ${claim.id}`)
    task.fence = claim.fence
    if (!worker.claims.some(({ fence }) => fence === claim.fence)) worker.claims.push(claim)
  }
}

/** I2, I6 and I8 of a claim. */
function claimed(model: Model, worker: RealWorker, max: number, reply: SettleReply): void {
  assert(reply.tasks.length <= max, 'more was handed out than was asked for')
  assert.equal(reply.paused, model.paused)
  if (model.paused) assert.equal(reply.tasks.length, 0, 'a paused queue hands nothing out')
  const line = model.lines.flatMap((_, i) => model.lines[9 - i] ?? [])
  const fromLine = reply.tasks.filter(({ id }) => line.includes(id)).map(({ id }) => id)
  if (!model.suspects && !model.paused) {
    assert.deepEqual(fromLine, line.slice(0, fromLine.length), 'I8: first in, first out, higher priorities before')
    if (reply.tasks.length < max) assert.equal(fromLine.length, line.length, 'a claim left behind what was ready')
  }
  let fence = 0
  for (const claim of reply.tasks) {
    const task = model.tasks.get(claim.id)
    assert(task?.state === 'waiting', `I2, I6: ${claim.id} was handed out, and is ${task?.state ?? 'unknown'}`)
    assert(claim.fence > fence && claim.fence > task.fence, `the fence of ${claim.id} did not grow`)
    assert.equal(claim.run, task.runs + 1, `I3: the run of ${claim.id}`)
    fence = claim.fence
    model.outOfLine(claim.id)
    model.usedAt = model.elapsed
    Object.assign(task, { state: 'held', holder: worker.id, fence: claim.fence, delayed: false })
    worker.claims.push(claim)
  }
}

/** A call of a worker. @param isCut - whether the reply gets lost, so that the call is sent again, on another connection */
export async function send(
  model: Model,
  world: World,
  index: number,
  lane: 0 | 1,
  settlements: Settlement[],
  max: number,
  isCut = false,
) {
  const worker = world.worker(index)
  const call: LaneCall = {
    queue: world.queue,
    worker: worker.id,
    lane,
    seq: ++worker.seqs[lane],
    ...(index === TAKES ? { handOff: 0 } : {}),
  }
  if (model.workers.get(index) === 'gone') {
    await assert.rejects(world.broker.settle(call, settlements, max), (error) => isPulsarError(error, 'PQ_LEASE_LOST'))
    return
  }
  if (isCut) await world.broker.settle(call, settlements, max)
  const reply = await (isCut ? world.other : world.broker).settle(call, settlements, max)
  settled(model, worker, settlements, max, reply)
  worker.last[lane] = { call, settlements, max, reply }
  worker.calls.push(worker.last[lane])
}

export function settlementOf(
  kind: number,
  claim: ClaimedTask,
  wrong: boolean,
  delay: number,
  unique: string,
): Settlement {
  const task = wrong ? { ...claim, fence: claim.fence + 1_000_000_007 } : claim
  if (kind === 0) return { kind: 'done', task, status: SUCCESS, outcome: `{"r":"${unique}"}`, ttl: 60_000 }
  if (kind === 1) return { kind: 'retry', task, delay, outcome: `{"e":"${unique}"}` }
  if (kind === 2) return { kind: 'release', task, delay }
  return { kind: 'done', task, status: FAILURE, outcome: `{"e":"${unique}"}`, ttl: 60_000 }
}

const queue = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(...IDS), { minLength: 1, maxLength: 6 }),
    fc.array(fc.constantFrom(4, 4, 4, 4, 0, 9), { minLength: 6, maxLength: 6 }),
    fc.array(fc.constantFrom(0, 0, 0, 1, HOUR), { minLength: 6, maxLength: 6 }),
    fc.constantFrom(false, false, false, true),
  )
  .map(([ids, priorities, delays, isCut]) =>
    command(`queue(${JSON.stringify([ids, priorities, delays, isCut])})`, async (model, world) => {
      const tasks = ids.map((id, i) => {
        const [priority = 4, delay = 0] = [priorities[i], delays[i]]
        return {
          id,
          job: 'job',
          tags: [],
          // Some are large enough to be sent by themselves.
          body: `{"n":"${String(i).repeat(i % 2 === 0 ? 1 : APART_BYTES)}"}`,
          priority,
          delay,
          inbox: null,
          checkDuplicate: true,
        }
      })
      for (const [i, { id, verdict, record }] of (await world.broker.queue(world.queue, tasks)).entries()) {
        const { priority = 4, delay = 0 } = tasks[i] ?? {}
        const before = model.tasks.get(id)
        if (before && verdict === 'queued' && model.mayBeGone(before)) world.expired(model, id)
        const known = model.tasks.get(id)
        assert(known === undefined || !model.mustBeGone(known), `I11: ${id} is a duplicate of what is gone`)
        assert.equal(verdict, known ? 'duplicate' : 'queued', `the verdict of ${id}`)
        if (known) assert.equal(record !== null, known.state === 'final', `a record comes with what is over: ${id}`)
        else {
          const delayed = delay > 0
          const fresh = {
            state: 'waiting',
            priority,
            runs: 0,
            status: QUEUED,
            delayed,
            holder: null,
            fence: 0,
            endedAt: 0,
          } as const
          model.tasks.set(id, { ...fresh })
          if (model.stats.queued === 0) model.usedAt = model.elapsed
          model.stats.queued += 1
          if (!delayed) model.lines[priority]?.push(id)
        }
      }
      await findHanded(model, world, ids)
      // The reply got lost: a copy of the call changes nothing.
      if (!isCut) return
      for (const { id, verdict } of await world.other.queue(world.queue, tasks))
        assert.equal(verdict, 'duplicate', `${id} was queued twice`)
    }),
  )

const workerIndex = fc.integer({ min: 0, max: 3 })
const laneOf = fc.constantFrom<0 | 1>(0, 1)
const isKnown = (index: number) => (model: Model) => model.workers.has(index)

const join = workerIndex.map((index) =>
  command(`join(${String(index)})`, async (model, world) => {
    const isFresh = model.workers.get(index) !== 'joined'
    const id = isFresh ? world.name(`worker-${String(index)}`) : world.worker(index).id
    if (isFresh) world.workers.set(index, { id, seqs: [0, 0], last: [null, null], calls: [], claims: [] })
    const slots = index === 1 ? 1 : 4
    const leaseTtl = index > 1 ? SHORT : HOUR
    assert.equal(await world.broker.join(world.queue, { id, slots, leaseTtl }), 'held')
    if (isFresh && index === TAKES) await world.broker.openWorker(world.queue, id, () => undefined)
    model.workers.set(index, 'joined')
  }),
)

const settle = fc
  .tuple(
    workerIndex,
    laneOf,
    fc.uniqueArray(
      fc.record({
        at: fc.constantFrom(0, 1, 2, 3, 4, 9),
        kind: fc.constantFrom(0, 1, 2, 2, 3),
        delay: fc.constantFrom(0, 0, 1, HOUR),
      }),
      { maxLength: 4, selector: ({ at }) => at },
    ),
    fc.integer({ min: 0, max: 6 }),
    fc.constantFrom(false, false, false, true),
    fc.constantFrom(false, false, false, true),
  )
  .map(([index, lane, picks, max, wrong, isCut]) =>
    command(
      `settle(${JSON.stringify([index, lane, picks, max, wrong, isCut])})`,
      async (model, world) => {
        const { claims } = world.worker(index)
        // The latest first: they are mostly still held. One id once a call.
        const chosen = new Map<string, Settlement>()
        for (const { at, kind, delay } of picks) {
          const claim = claims[claims.length - 1 - at]
          if (claim) chosen.set(claim.id, settlementOf(kind, claim, wrong, delay, world.name('outcome')))
        }
        await send(model, world, index, lane, [...chosen.values()], max, isCut)
      },
      isKnown(index),
    ),
  )

const resend = fc.tuple(workerIndex, laneOf, fc.boolean()).map(([index, lane, lower]) =>
  command(
    `resend(${JSON.stringify([index, lane, lower])})`,
    async (model, world) => {
      const last = world.worker(index).last[lane]
      if (last === null || model.workers.get(index) === 'gone') return
      if (lower) {
        if (last.call.seq < 2) return
        const call = { ...last.call, seq: last.call.seq - 1 }
        await assert.rejects(
          world.other.settle(call, last.settlements, last.max),
          'a call older than the last was taken',
        )
        return
      }
      const again = await world.other.settle(last.call, last.settlements, last.max)
      const verdicts = again.verdicts.map((verdict, i) => {
        const first = last.reply.verdicts[i]
        const isDropped = !model.tasks.has(last.settlements[i]?.task.id ?? '')
        return first === 'stale' && verdict === 'unknown' && isDropped ? first : verdict
      })
      assert.deepEqual(verdicts, last.reply.verdicts, 'the same call, other verdicts')
      const still = last.reply.tasks.filter(({ id, fence }) => {
        const task = model.tasks.get(id)
        return task?.state === 'held' && task.fence === fence
      })
      const list = (tasks: readonly ClaimedTask[]) => tasks.map(({ id, fence, run }) => [id, fence, run])
      assert.deepEqual(list(again.tasks), list(still), 'the same call, other tasks')
    },
    isKnown(index),
  ),
)

const renew = workerIndex.map((index) =>
  command(
    `renew(${String(index)})`,
    async (model, world) => {
      const state = await world.broker.renew(world.queue, world.worker(index).id)
      assert.equal(state === 'lost', model.workers.get(index) !== 'joined')
    },
    isKnown(index),
  ),
)

const leave = workerIndex.map((index) =>
  command(
    `leave(${String(index)})`,
    async (model, world) => {
      const { id } = world.worker(index)
      await world.broker.leave(world.queue, id)
      for (const [held] of model.heldBy(id)) model.waitAgain(held, QUEUED, false)
      // They stand at the head, which the lines do not follow.
      model.workers.set(index, 'gone')
    },
    isKnown(index),
  ),
)

const reclaim = fc.constant(command('reclaim()', reclaimAll))

const revoke = fc
  .tuple(fc.uniqueArray(fc.constantFrom(...IDS), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([ids, twice]) =>
    command(`revoke(${JSON.stringify([ids, twice])})`, async (model, world) => {
      const outcome = `{"e":"${world.name('revoked')}"}`
      const expected = ids.map((id) => model.tasks.has(id) && model.tasks.get(id)?.state !== 'final')
      assert.deepEqual(await world.broker.revoke(world.queue, ids, outcome, 60_000), expected)
      world.revocations.push({ ids, outcome })
      ids.forEach((id, i) => {
        if (expected[i] !== true) return
        model.end(id, REVOKED, 0)
        world.revokedBy.set(id, outcome)
      })
      if (twice) assert.deepEqual(await world.other.revoke(world.queue, ids, outcome, 60_000), expected)
    }),
  )

/** F22: one winner. */
const race = fc.tuple(workerIndex, fc.integer({ min: 0, max: 2 }), fc.boolean()).map(([index, kind, settleFirst]) =>
  command(
    `race(${JSON.stringify([index, kind, settleFirst])})`,
    async (model, world) => {
      const worker = world.worker(index)
      const [held] = model.heldBy(worker.id)
      if (held === undefined || model.workers.get(index) === 'gone') return
      const [id, task] = held
      const claim = worker.claims.find((claimed) => claimed.id === id && claimed.fence === task.fence)
      // Its fence is not known yet: it was handed over.
      if (claim === undefined) return
      const settlement = settlementOf(kind, claim, false, 0, world.name('outcome'))
      const call: LaneCall = { queue: world.queue, worker: worker.id, lane: 0, seq: ++worker.seqs[0] }
      const outcome = `{"e":"${world.name('r')}"}`
      const settling = async () => await world.broker.settle(call, [settlement], 0)
      const revoking = async () => await world.other.revoke(world.queue, [id], outcome, 60_000)
      const [reply, [revoked]] = settleFirst
        ? await Promise.all([settling(), revoking()])
        : await Promise.all([revoking(), settling()]).then(([b, a]) => [a, b] as const)
      worker.last[0] = { call, settlements: [settlement], max: 0, reply }
      worker.calls.push(worker.last[0])
      if (reply.verdicts[0] === 'recorded') settled(model, worker, [settlement], 0, reply)
      else assert.equal(revoked, true, `${id}: neither the outcome nor the revoke counted`)
      if (revoked === true) {
        model.end(id, REVOKED, 0)
        world.revokedBy.set(id, outcome)
      } else assert.equal(kind, 0, `${id} is live, and could not be revoked`)
      world.judge(model, id, (await world.other.get(world.queue, [id]))[0] ?? null)
    },
    isKnown(index),
  ),
)

const look = fc.constantFrom(...IDS).map((id) =>
  command(`get(${JSON.stringify(id)})`, async (model, world) => {
    world.judge(model, id, (await world.other.get(world.queue, [id]))[0] ?? null)
  }),
)

const flush = fc.boolean().map((twice) =>
  command(`flush(${String(twice)})`, async (model, world) => {
    const operation = world.name(`${world.queue}-flush`)
    const waiting = [...model.tasks].filter(([, { state }]) => state === 'waiting')
    assert.equal(await world.broker.flush(world.queue, operation), waiting.length, 'what was dropped')
    if (twice) assert.equal(await world.other.flush(world.queue, operation), waiting.length)
    // In a queue that the store does not know, nothing is noted.
    if (model.stats.queued > 0) world.flushes.push({ operation, dropped: waiting.length, at: model.elapsed })
    for (const [id] of waiting) {
      model.outOfLine(id)
      model.tasks.delete(id)
    }
  }),
)

const promote = fc.constantFrom(...IDS).map((id) =>
  command(`promote(${JSON.stringify(id)})`, async (model, world) => {
    const [was] = await world.broker.promote(world.queue, [id])
    const task = model.tasks.get(id)
    if (task?.state === 'held') assert.equal(was, true, `${id} is with a worker`)
    else if (task?.state !== 'waiting' || !task.delayed) assert.equal(was, false, `${id} was not delayed`)
    else if (was === true) task.delayed = false
  }),
)

const pause = fc.boolean().map((paused) =>
  command(paused ? 'pause()' : 'resume()', async (model, world) => {
    await (paused ? world.broker.pause(world.queue) : world.broker.resume(world.queue))
    model.paused = paused
  }),
)

const count = fc.constant(command('count()', async (model, world) => world.count(model)))

/** All that the model knows, the common ones more often. */
export const COMMANDS = [
  ...[queue, queue, queue, join, join, settle, settle, settle, settle, settle, settle],
  ...[resend, renew, leave, reclaim, revoke, race, race, look, look, flush, promote, pause, count],
  ...[jump, late, late, holds, ...ticks],
]
