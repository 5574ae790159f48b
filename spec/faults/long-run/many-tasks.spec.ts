import { describe, expect, it } from 'vitest'
import { manyTasks } from '../soak/many-tasks.js'

const TASKS = 20_000

describe('many tasks', () => {
  it.each(['redis', 'embedded'] as const)(
    'run through workers that are killed all the time, on %s, and none is lost',
    async (store) => {
      const seed = Math.floor(Math.random() * 2 ** 31)
      const lines: string[] = [`seed ${String(seed)}`]
      const { run, violations } = await manyTasks({ store, tasks: TASKS, rate: 5_000, seed, until: Infinity }, (line) =>
        lines.push(line),
      )
      expect(violations, lines.join('\n')).toEqual([])
      expect([run.tasks, run.lost]).toEqual([TASKS, 0])
      expect(run.kills).toBeGreaterThan(0)
    },
    180_000,
  )
})
