import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { command } from './command.js'
import type { Model, World } from './world.js'

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000]

/** Moves the clock of the store. Workers that live renew their leases, as their heartbeats do. */
export async function jumpBy(model: Model, world: World, ms: number): Promise<void> {
  world.clock?.jump(ms)
  if (ms > 0) model.elapsed += ms
  else model.wentBack = true
  for (const [index, state] of model.workers) {
    if (state !== 'joined') continue
    const renewed = await world.broker.renew(world.queue, world.worker(index).id)
    assert(renewed !== 'lost', `a jump of the clock has ended the lease of worker ${String(index)}`)
  }
}

export const jump = fc
  .constantFrom(SECOND, MINUTE, 11 * MINUTE, 25 * MINUTE, HOUR, DAY, 8 * DAY, -SECOND, -5 * MINUTE, -HOUR)
  .map((ms) =>
    command(`jump(${String(ms)})`, async (model, world) => {
      if (world.clock !== null) await jumpBy(model, world, ms)
    }),
  )
