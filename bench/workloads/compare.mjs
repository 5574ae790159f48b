/** Measures the workloads for all peers. */
import { machine } from '../lib/machine.mjs'
import { inRounds } from '../lib/rounds.mjs'
import { full, quick } from './sizes.mjs'
import { workloads } from './workloads.mjs'

export const PEERS = ['pulsar-queue', 'lease-loop', 'bullmq', 'bee-queue', 'groupmq']

/** A column of the report: a peer on one of its stores. */
async function columnsOf(peers) {
  const columns = []
  for (const peer of peers) {
    const { meta } = await import(`../peers/${peer}.mjs`)
    for (const store of meta.stores) {
      const name = store === 'embedded' ? `${meta.name}, embedded` : meta.name
      columns.push({ peer, store, name, version: meta.version })
    }
  }
  return columns
}

/** @param options - `peers`, `only` (part of a workload's name), `rounds`, `quick`, `everysec` */
export async function compare({ peers = PEERS, only = '', rounds, quick: isQuick, everysec }) {
  const columns = await columnsOf(peers)
  const sizes = isQuick ? quick : full
  const names = Object.keys(workloads).filter((name) => name.includes(only))
  const cases = names.flatMap((name) =>
    columns.map(({ peer, store: kind, name: column }) => ({
      name: `${name}, ${column}`,
      kind,
      options: { everysec },
      measure: async (store) => await workloads[name]({ peer, store, sizes }),
    })),
  )
  const { results, failures, redis } = await inRounds(rounds, cases)
  const byWorkload = names.map((name, i) => [name, results.slice(i * columns.length, (i + 1) * columns.length)])
  return {
    machine: machine(redis),
    rounds,
    ...(isQuick && { quick: true }),
    everysec,
    columns,
    results: Object.fromEntries(byWorkload),
    failures,
  }
}
