/** Measures how the cost grows. */
import { machine } from '../lib/machine.mjs'
import { inRounds } from '../lib/rounds.mjs'
import { measureDelayed } from './measure-delayed.mjs'
import { measureIdle } from './measure-idle.mjs'
import { measureLength } from './measure-length.mjs'
import { measureMemory } from './measure-memory.mjs'
import { measurePayload } from './measure-payload.mjs'
import { measureProcess } from './measure-process.mjs'
import { measureSpread } from './measure-spread.mjs'
import { measureWorkers } from './measure-workers.mjs'
import { full, quick } from './scale.mjs'
import { series } from './series.mjs'

const measures = {
  length: measureLength,
  payload: measurePayload,
  workers: measureWorkers,
  idle: measureIdle,
  process: measureProcess,
  queues: measureSpread('queues'),
  jobs: measureSpread('jobs'),
  delayed: measureDelayed,
  memory: measureMemory,
}

/**
 * @param options - `only` (part of a series' name), `rounds`, `quick`, `long` (memory over ten times as many tasks)
 * @returns for each series its `rounds`, the `machine`, and for each store the points with their measurements
 */
export async function grow({ only = '', rounds, quick: isQuick, long }) {
  const sizes = isQuick ? quick : full
  const grown = {}
  for (const [name, { points, quick: few, stores, samples, rounds: own = rounds }] of Object.entries(series)) {
    if (!name.includes(only)) continue
    const axis = samples ? [isQuick ? samples.quick : long ? samples.long : samples.tasks] : isQuick ? few : points
    const cases = stores.flatMap((kind) =>
      axis.map((at) => ({
        name: `${name} ${at}, ${kind}`,
        kind,
        measure: async (store) => await measures[name](store, at, sizes),
      })),
    )
    const { results, redis } = await inRounds(own, cases)
    const pointsOf = (i) => axis.map((at, j) => ({ at, rounds: results[i * axis.length + j] }))
    const sampled = (i) => (results[i][0] ?? []).map(({ at, ...figures }) => ({ at, rounds: [figures] }))
    const byStore = stores.map((kind, i) => [kind, samples ? sampled(i) : pointsOf(i)])
    grown[name] = { machine: machine(redis), rounds: own, stores: Object.fromEntries(byStore) }
  }
  return grown
}
