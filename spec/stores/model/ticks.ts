import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import type { Broker, Tick, TickReply } from 'pulsar-queue'
import { command } from './command.js'
import { findHanded } from './hand-overs.js'
import type { Model, ModelSchedule, World } from './world.js'
import { QUEUED } from './world.js'

const INTERVAL = 60_000

function tickOf(world: World, job: string, schedule: ModelSchedule): Tick {
  const at = schedule.last + INTERVAL
  const id = `tick ${job} ${String(at)}`
  const task = { id, job, tags: [], body: '{}', priority: 4, delay: 0, inbox: null, checkDuplicate: true }
  const expected = schedule.last === 0 ? null : schedule.last
  return { job, expected, at, schedule: 'each minute', operation: world.name('tick'), task }
}

/** A pause by an operator of the store. @returns whether the store knows the schedule */
async function pause(by: Broker, queue: string, job: string, isPaused: boolean): Promise<boolean> {
  const operations = by.operations()
  assert(operations)
  return await operations.pauseSchedule(queue, job, isPaused ? { by: 'ada', reason: null } : null)
}

/**
 * I9: of two schedulers that see the same tick, one queues its task; so it is where the call is repeated. A schedule that is paused
 * queues none, and one that is paused meanwhile is taken before that or refused.
 */
const take = fc
  .tuple(fc.constantFrom('one', 'two'), fc.boolean(), fc.boolean(), fc.nat({ max: 3 }))
  .map(([job, isRace, isCut, pauses]) =>
    command(`tick(${JSON.stringify([job, isRace, isCut, pauses])})`, async (model, world) => {
      const schedule = model.schedules.get(job) ?? { last: 0, isPaused: false, calls: [] }
      model.schedules.set(job, schedule)
      const isPausing = pauses === 0 && schedule.last > 0
      const [tick, rival] = [tickOf(world, job, schedule), tickOf(world, job, schedule)]
      const sending: Promise<TickReply>[] = [world.broker.tick(world.queue, tick)]
      if (isRace) sending.push(world.other.tick(world.queue, rival))
      const pausing = isPausing ? pause(world.other, world.queue, job, true) : null
      const replies = await Promise.all(sending)
      if (pausing !== null) assert.equal(await pausing, true, 'a schedule that the store knows')
      if (isCut) replies[0] = await world.other.tick(world.queue, tick)
      const isTaken = replies.some((reply) => reply.queued)
      const isFree = !schedule.isPaused && !isPausing
      if (schedule.isPaused || isFree) assert.equal(isTaken, isFree, `the pause of ${job}`)
      schedule.isPaused ||= isPausing
      if (!isTaken) {
        for (const { last, paused } of replies)
          assert.deepEqual([last, paused], [schedule.last, true], 'a refused tick')
        return
      }
      assert.equal(replies.filter((reply) => reply.queued).length, 1, `I9: tick ${String(tick.at)} of ${job}`)
      for (const { last } of replies) assert.equal(last, tick.at, 'the last tick')
      schedule.last = tick.at
      replies.forEach((reply, i) => schedule.calls.push({ tick: i === 0 ? tick : rival, queued: reply.queued }))
      await queued(model, world, tick)
    }),
  )

/** An operator pauses a schedule, or ends that: as often as they like, and of a schedule that the store does not know in vain. */
const pauses = fc.tuple(fc.constantFrom('one', 'two'), fc.boolean()).map(([job, isPaused]) =>
  command(`pauseTicks(${JSON.stringify([job, isPaused])})`, async (model, world) => {
    const schedule = model.schedules.get(job)
    assert.equal(await pause(world.other, world.queue, job, isPaused), schedule !== undefined, 'a known schedule')
    if (schedule !== undefined) schedule.isPaused = isPaused
    const stored = (await world.broker.operations()?.schedules(world.queue)) ?? []
    const shown = new Map(stored.map((each) => [each.job, each.paused !== undefined]))
    for (const [name, { isPaused: known }] of model.schedules)
      assert.equal(shown.get(name), known, `the pause of ${name}`)
  }),
)

async function queued(model: Model, world: World, { task }: Tick): Promise<void> {
  const id = task?.id ?? ''
  assert(!model.tasks.has(id), `I9: ${id} was queued before`)
  const fresh = { state: 'waiting', priority: 4, runs: 0, status: QUEUED, delayed: false } as const
  model.tasks.set(id, { ...fresh, holder: null, fence: 0, endedAt: 0 })
  model.stats.queued += 1
  model.lines[4]?.push(id)
  await findHanded(model, world, [id])
}

/** A call that comes after the next tick queues nothing. */
const late = fc.tuple(fc.constantFrom('one', 'two'), fc.nat({ max: 5 })).map(([job, back]) =>
  command(`lateTick(${JSON.stringify([job, back])})`, async (model, world) => {
    const schedule = model.schedules.get(job)
    const call = schedule?.calls.at(-1 - back)
    if (schedule === undefined || call === undefined) return
    const { last, queued: isQueued } = await world.other.tick(world.queue, call.tick)
    assert.equal(last, schedule.last, 'I9: a late call has moved the schedule')
    if (call.tick.at === schedule.last) assert.equal(isQueued, call.queued, 'the same call, another answer')
    else assert.equal(isQueued, false, 'I9: a tick that is over was queued')
  }),
)

export const ticks = [take, take, late, pauses]
