import { strict as assert } from 'node:assert'
import type { Model, World } from './world.js'
import { STARTED } from './world.js'

/** The worker that takes hand-offs. It never says that it has heard of one, so that each reply repeats it. */
export const TAKES = 0

/** Finds out which of the tasks that were just queued the store has handed over. */
export async function findHanded(model: Model, world: World, ids: readonly string[]): Promise<void> {
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
