/** Measures the variants, in turn. */
import { machine } from '../lib/machine.mjs'
import { withProcesses } from '../lib/processes.mjs'
import { rateAfterWarmUp } from '../lib/rates.mjs'
import { usedByStore } from '../lib/redis-usage.mjs'
import { inRounds } from '../lib/rounds.mjs'
import { groups } from './table.mjs'

/** Tasks of a measurement, and the most bytes of their payloads. */
const full = { tasks: 50_000, bytes: 100_000_000 }
const quick = { tasks: 5_000, bytes: 2_000_000 }

const measure = async (store, { peer = 'pulsar-queue', serializer, bytes = 0 }, sizes) => {
  const settings = { producer: { serializer }, workers: [{ serializer, concurrency: 100 }] }
  return await withProcesses({ peer, store }, settings, async (producer, startWorkers) => {
    const tasks = bytes === 0 ? sizes.tasks : Math.min(sizes.tasks, sizes.bytes / bytes)
    const warm = tasks / 10
    await producer.act('atOnce', { tasks: warm, width: Math.min(1_000, warm), bytes })
    const empty = await store.usage()
    const { seconds } = (await producer.act('atOnce', { tasks, width: 1_000, bytes })).result
    const before = await store.usage()
    const [worker] = await startWorkers()
    const { result: end } = await producer.act('completed', { tasks: tasks + warm })
    const after = await store.usage()
    const stamps = [(await worker.act('stamps')).result]
    const { storeMicros } = usedByStore(before, after, tasks + warm)
    const rates = rateAfterWarmUp(stamps, { warm: tasks / 5, tasks: tasks + warm, end })
    const size = (usage) => (usage.bytes - empty.bytes) / tasks
    return {
      enqueue: tasks / seconds,
      drain: rates.rate,
      workerMicros: rates.workerMicros,
      storeMicros,
      queued: size(before),
      finished: size(after),
    }
  })
}

/** @param options - `only` (part of a group's name), `rounds`, `quick` */
export async function vary({ only = '', rounds, quick: isQuick }) {
  const cases = Object.entries(groups)
    .filter(([group]) => group.includes(only))
    .flatMap(([group, { rows }]) =>
      Object.entries(rows).map(([row, settings]) => ({
        group,
        row,
        name: `${group}, ${settings.label}`,
        kind: 'redis',
        options: { everysec: settings.everysec, args: settings.args },
        measure: async (store) => await measure(store, settings, isQuick ? quick : full),
      })),
    )
  const { results, redis } = await inRounds(rounds, cases)
  const varied = {}
  for (const [i, { group, row }] of cases.entries()) {
    varied[group] ??= { machine: machine(redis), rounds, rows: {} }
    varied[group].rows[row] = results[i]
  }
  return varied
}
