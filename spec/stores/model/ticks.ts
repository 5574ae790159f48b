import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import type { Tick, TickReply } from 'pulsar-queue'
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

/** I9: of two schedulers that see the same tick, one queues its task; so it is where the call is repeated. */
const take = fc.tuple(fc.constantFrom('one', 'two'), fc.boolean(), fc.boolean()).map(([job, isRace, isCut]) =>
  command(`tick(${JSON.stringify([job, isRace, isCut])})`, async (model, world) => {
    const schedule = model.schedules.get(job) ?? { last: 0, calls: [] }
    model.schedules.set(job, schedule)
    const [tick, rival] = [tickOf(world, job, schedule), tickOf(world, job, schedule)]
    const sending: Promise<TickReply>[] = [world.broker.tick(world.queue, tick)]
    if (isRace) sending.push(world.other.tick(world.queue, rival))
    const replies = await Promise.all(sending)
    if (isCut) replies[0] = await world.other.tick(world.queue, tick)
    assert.equal(replies.filter(({ queued }) => queued).length, 1, `I9: tick ${String(tick.at)} of ${job}`)
    for (const { last } of replies) assert.equal(last, tick.at, 'the last tick')
    schedule.last = tick.at
    replies.forEach(({ queued }, i) => schedule.calls.push({ tick: i === 0 ? tick : rival, queued }))
    await queued(model, world, tick)
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

export const ticks = [take, late]
