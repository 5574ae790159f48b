/*
 * A model of the broker contract, run by random commands against all brokers.
 *
 * Each run prints its seed. PQ_MODEL_SEED=<seed> plays it again; PQ_MODEL_PATH=<path>, as fast-check prints it with a
 * counterexample, goes straight to that one. PQ_MODEL_SECONDS=<n> soaks each broker for that long (default: 10).
 */
import fc from 'fast-check'
import type { Broker } from 'pulsar-queue'
import { describe, it } from 'vitest'
import { loadStore } from '../../../lib/stores/open-store.js'
import type { StoreKind } from '../../support/stores.js'
import { leftOversOfEmbedded } from './left-overs.js'
import { leftOversOfRedis } from './left-overs-of-redis.js'
import { COMMANDS, drain } from './commands.js'
import { Model, World } from './world.js'

const SECONDS = Number(process.env['PQ_MODEL_SECONDS'] ?? 10)
const SEED = Number(process.env['PQ_MODEL_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const PATH = process.env['PQ_MODEL_PATH']
const MOST_RUNS = 10_000_000

type LeftOvers = (queue: string) => Promise<readonly string[]>

/** Random walks through all verbs, each in a queue of its own that is drained in the end. */
async function explore(store: string, open: () => Broker, leftOvers: LeftOvers): Promise<void> {
  const [broker, other] = [open(), open()]
  await broker.connect()
  await other.connect()
  let walks = 0
  const walk = fc.asyncProperty(fc.commands([...COMMANDS], { maxCommands: 60, size: 'max' }), async (commands) => {
    const queue = `model ${String(++walks)} {ö}`
    const model = new Model()
    const world = new World(broker, other, queue, async () => await leftOvers(queue))
    await fc.asyncModelRun(() => ({ model, real: world }), commands)
    await drain(model, world)
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
    process.stdout.write(`model on ${store}: seed ${String(SEED)}, ${String(walks)} walks\n`)
    await broker.close()
    await other.close()
  }
}

/** The model of a broker, held to a store. */
export function describeModel({ store: kind, make }: StoreKind): void {
  describe(`the model of a broker on ${kind}`, () => {
    it(
      'holds, whatever is called in whatever order',
      async () => {
        const store = await make()
        const { broker } = await loadStore(store.url)
        const leftOvers = async (queue: string): Promise<readonly string[]> =>
          store.redisOf === undefined
            ? leftOversOfEmbedded(store.url, queue)
            : await leftOversOfRedis(await store.redisOf(queue), queue)
        try {
          await explore(kind, () => broker(store.url), leftOvers)
        } finally {
          await store.dispose()
        }
      },
      (SECONDS + 120) * 1000,
    )
  })
}
