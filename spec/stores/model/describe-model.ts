/*
 * A model of the broker contract, run by random commands against all brokers.
 *
 * Each run prints its seed. PQ_MODEL_SEED=<seed> plays it again; PQ_MODEL_PATH=<path>, as fast-check prints it with a
 * counterexample, goes straight to that one. PQ_MODEL_SECONDS=<n> soaks each broker for that long (default: 10).
 */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { StoreKind } from '../../support/stores.js'
import { COMMANDS } from './commands.js'
import { drain, forget } from './drain.js'
import { SWEEPER } from './reclaim-all.js'
import type { ModelStore } from './model-store.js'
import { modelStore } from './model-store.js'
import { Model, World } from './world.js'

const SECONDS = Number(process.env['PQ_MODEL_SECONDS'] ?? 10)
const SEED = Number(process.env['PQ_MODEL_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const PATH = process.env['PQ_MODEL_PATH']
const MOST_RUNS = 10_000_000

/** Random walks through all verbs, each in a queue of its own that is drained in the end. */
async function explore(kind: string, store: ModelStore): Promise<void> {
  const brokers = [store.open(), store.open()] as const
  for (const broker of brokers) await broker.connect()
  await brokers[0].pause(SWEEPER)
  let walks = 0
  const all = fc.commands([...COMMANDS], { maxCommands: 60, size: 'max' })
  // A server whose clock has jumped refuses the next calls first, which costs time: so in most walks the clock stays as it is.
  const moves = fc.constantFrom(false, false, false, true)
  const walk = fc.asyncProperty(all, moves, async (commands, isMoved) => {
    const queue = `model ${String(++walks)} {ö}`
    const model = new Model()
    const world = new World(...brokers, queue, store, isMoved ? store.clock : null)
    await fc.asyncModelRun(() => ({ model, real: world }), commands)
    await drain(model, world)
    if (world.clock !== null) await forget(model, world)
  })
  try {
    await fc.assert(walk, {
      seed: SEED,
      numRuns: MOST_RUNS,
      interruptAfterTimeLimit: SECONDS * 1000,
      markInterruptAsFailure: false,
      ...(PATH === undefined ? {} : { path: PATH }),
    })
  } finally {
    process.stdout.write(`model on ${kind}: seed ${String(SEED)}, ${String(walks)} walks\n`)
    for (const broker of brokers) await broker.close()
  }
}

/** The model of a broker, held to a store. */
export function describeModel(kind: StoreKind): void {
  describe(`the model of a broker on ${kind.store}`, () => {
    it(
      'holds, whatever is called in whatever order',
      async () => {
        const store = await modelStore(kind)
        try {
          await explore(kind.store, store)
        } finally {
          await store.dispose()
        }
      },
      (SECONDS + 120) * 1000,
    )
  })
}
