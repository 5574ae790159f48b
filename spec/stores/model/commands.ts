import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import type { ClaimedTask, LaneCall, Settlement, SettleReply } from 'pulsar-queue'
import { isPulsarError } from 'pulsar-queue'
import type { RealWorker, Model, World } from './world.js'
import { FAILURE, QUEUED, RETRY, REVOKED, STARTED, SUCCESS } from './world.js'

type ModelCommand = fc.AsyncCommand<Model, World>

/** Some that a careless store trips over. */
const IDS = ['a', 'b', 'c', 'd', 'e', 'f', '__proto__', 'constructor', 'x:1', 'a b', 'ü{1}', "o'brien", '-1', '%s"\\']
const HOUR = 3_600_000
const RECLAIM = { crashCap: 3, outcome: '{"e":"crashed"}', ttl: 60_000, grace: 1 }
/** Odd workers: their lease has run out by the next look. */
const SHORT = 1
/** The worker that takes hand-offs. It never says that it has heard of one, so that each reply repeats it. */
const TAKES = 0

function command(
  text: string,
  run: (model: Model, world: World) => Promise<unknown>,
  check: (model: Model) => boolean = () => true,
): ModelCommand {
  return {
    check,
    toString: () => text,
    async run(model, world) {
      world.history.push(text)
      await run(model, world)
    },
  }
}

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

/** Finds out which of the tasks that were just queued the store has handed over. */
async function findHanded(model: Model, world: World, ids: readonly string[]): Promise<void> {
  for (const record of await world.broker.get(world.queue, ids)) {
    const { id = '', status, worker } = record?.header ?? {}
    const task = model.tasks.get(id)
    if (status !== STARTED || worker === null || worker === undefined || task?.state !== 'waiting') continue
    assert.equal(worker, world.workers.get(TAKES)?.id, `${id} was handed to a worker that takes nothing`)
    assert(!model.paused && !task.delayed, `${id} was handed over and is not ready`)
    model.outOfLine(id)
    Object.assign(task, { state: 'held', holder: worker })
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
    Object.assign(task, { state: 'held', holder: worker.id, fence: claim.fence, delayed: false })
    worker.claims.push(claim)
  }
}

async function send(model: Model, world: World, index: number, lane: 0 | 1, settlements: Settlement[], max: number) {
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
  const reply = await world.broker.settle(call, settlements, max)
  settled(model, worker, settlements, max, reply)
  worker.last[lane] = { call, settlements, max, reply }
}

function settlementOf(kind: number, claim: ClaimedTask, wrong: boolean, delay: number, unique: string): Settlement {
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
  )
  .map(([ids, priorities, delays]) =>
    command(`queue(${JSON.stringify([ids, priorities, delays])})`, async (model, world) => {
      const tasks = ids.map((id, i) => {
        const [priority = 4, delay = 0] = [priorities[i], delays[i]]
        return {
          id,
          job: 'job',
          tags: [],
          body: `{"n":"${String(i)}"}`,
          priority,
          delay,
          inbox: null,
          checkDuplicate: true,
        }
      })
      for (const [i, { id, verdict, record }] of (await world.broker.queue(world.queue, tasks)).entries()) {
        const { priority = 4, delay = 0 } = tasks[i] ?? {}
        const known = model.tasks.get(id)
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
          } as const
          model.tasks.set(id, { ...fresh })
          model.stats.queued += 1
          if (!delayed) model.lines[priority]?.push(id)
        }
      }
      await findHanded(model, world, ids)
    }),
  )

const workerIndex = fc.integer({ min: 0, max: 3 })
const laneOf = fc.constantFrom<0 | 1>(0, 1)
const isKnown = (index: number) => (model: Model) => model.workers.has(index)

const join = workerIndex.map((index) =>
  command(`join(${String(index)})`, async (model, world) => {
    const isFresh = model.workers.get(index) !== 'joined'
    const id = isFresh ? world.name(`worker-${String(index)}`) : world.worker(index).id
    if (isFresh) world.workers.set(index, { id, seqs: [0, 0], last: [null, null], claims: [] })
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
  )
  .map(([index, lane, picks, max, wrong]) =>
    command(
      `settle(${JSON.stringify([index, lane, picks, max, wrong])})`,
      async (model, world) => {
        const { claims } = world.worker(index)
        // The latest first: they are mostly still held. One id once a call.
        const chosen = new Map<string, Settlement>()
        for (const { at, kind, delay } of picks) {
          const claim = claims[claims.length - 1 - at]
          if (claim) chosen.set(claim.id, settlementOf(kind, claim, wrong, delay, world.name('outcome')))
        }
        await send(model, world, index, lane, [...chosen.values()], max)
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
      assert.deepEqual(again.verdicts, last.reply.verdicts, 'the same call, other verdicts')
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
  }
  assert.deepEqual([...failed], [], 'what the dead did not hold was ended')
}

const reclaim = fc.constant(command('reclaim()', reclaimAll))

const revoke = fc
  .tuple(fc.uniqueArray(fc.constantFrom(...IDS), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([ids, twice]) =>
    command(`revoke(${JSON.stringify([ids, twice])})`, async (model, world) => {
      const outcome = `{"e":"${world.name('revoked')}"}`
      const expected = ids.map((id) => model.tasks.has(id) && model.tasks.get(id)?.state !== 'final')
      assert.deepEqual(await world.broker.revoke(world.queue, ids, outcome, 60_000), expected)
      ids.forEach((id, i) => {
        if (expected[i] === true) model.end(id, REVOKED, 0)
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
      const settling = async () => await world.broker.settle(call, [settlement], 0)
      const revoking = async () => await world.other.revoke(world.queue, [id], `{"e":"${world.name('r')}"}`, 60_000)
      const [reply, [revoked]] = settleFirst
        ? await Promise.all([settling(), revoking()])
        : await Promise.all([revoking(), settling()]).then(([b, a]) => [a, b] as const)
      worker.last[0] = { call, settlements: [settlement], max: 0, reply }
      if (reply.verdicts[0] === 'recorded') settled(model, worker, [settlement], 0, reply)
      else assert.equal(revoked, true, `${id}: neither the outcome nor the revoke counted`)
      if (revoked === true) model.end(id, REVOKED, 0)
      else assert.equal(kind, 0, `${id} is live, and could not be revoked`)
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
]

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
  const worker: RealWorker = { id: world.name('drainer'), seqs: [0, 0], last: [null, null], claims: [] }
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
  const records = await world.broker.get(world.queue, IDS)
  for (const [i, id] of IDS.entries()) world.judge(model, id, records[i] ?? null)
  await world.broker.leave(world.queue, worker.id)
  assert.deepEqual(await world.leftOvers(), [], 'I11: what is left after a drain')
}
