import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { command } from './command.js'

/** I2: of all claims that a worker ever had, it holds those whose tasks have its fence, and reports progress of no other. */
export const holds = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.boolean()).map(([index, isProgress]) =>
  command(
    `${isProgress ? 'progress' : 'held'}(${String(index)})`,
    async (model, world) => {
      const { id: worker, claims } = world.worker(index)
      const latest = new Map(claims.slice(-6).map((claim) => [claim.id, claim]))
      const claimed = [...latest.values()].map(({ id, fence }) => ({ id, fence }))
      const expected = claimed.map(({ id, fence }) => {
        const task = model.tasks.get(id)
        const isHeld = task?.state === 'held' && task.holder === worker && task.fence === fence
        return isHeld && model.workers.get(index) === 'joined'
      })
      const answers = isProgress
        ? await world.other.progress(
            world.queue,
            worker,
            claimed.map((each) => ({ ...each, progress: '1' })),
          )
        : await world.other.held(world.queue, worker, claimed)
      assert.deepEqual(answers, expected, 'I2: what the worker holds')
    },
    (model) => model.workers.has(index),
  ),
)
