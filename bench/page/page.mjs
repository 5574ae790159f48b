/** `docs/benchmarks.md` and its charts, from the figures in results.json. */
import { compareCharts, compareSection } from './compare.mjs'
import { growthCharts, growthSection } from './growth.mjs'
import { variantsSection } from './variants.mjs'

/** @returns the text of each file, by its path from the root of the repository */
export function benchmarkFiles({ compare, growth = {}, variants = {} }) {
  const sections = [
    ...(compare ? [compareSection(compare)] : []),
    ...(Object.keys(growth).length > 0 ? [growthSection(growth)] : []),
    ...(Object.keys(variants).length > 0 ? [variantsSection(variants)] : []),
  ]
  const body = sections.length === 0 ? 'No figures are kept yet: `npm run bench` measures them.\n' : sections.join('\n')
  return {
    'docs/benchmarks.md': `${INTRODUCTION}\n${body}`,
    ...(compare ? compareCharts(compare) : {}),
    ...growthCharts(growth),
  }
}

const INTRODUCTION = `<!-- Written by \`npm run bench\` from bench/results.json. Change neither by hand. -->

# Benchmarks

What pulsar-queue costs, beside other queues of Node on Redis, and as its queues grow. \`npm run bench -- --quick\`, in a
checkout, measures it on your machine in about three minutes; [bench/](https://github.com/pulsar-queue/pulsar-queue/blob/main/bench/README.md) has all commands.

**How it is measured**

- Each measurement has a fresh store, a Redis server of its own or an empty directory, and fresh processes: one that queues, and
  one for each worker. They load their modules before the measurement begins.
- The queues take turns within a round, so that whatever else the machine does meets all of them. Compare the columns of one
  table: absolute figures differ from machine to machine, and from hour to hour.
- All get the same payload, two numbers, and the same Redis. The job adds the two numbers. Each queue is used as its documentation
  says, with its defaults; where a default had to be changed, its adapter in [bench/peers](https://github.com/pulsar-queue/pulsar-queue/tree/main/bench/peers) says why.
- All get the same time: four seconds that are not counted, as a warm-up, and two that are. A queue that is done with its tasks before is
  counted until then. What the first round trips of new processes take has a row of its own.
- pulsar-queue runs with all that is on by default: arguments are checked twice, results are stored, leases are renewed.
- The _lease loop_ is no queue. It is a loop written for this page: what ioredis and a few lines of Lua can do where a queue has
  a record, a lease and a result for each task, and nothing else. It shows how far a queue could go.
- _Embedded_ is pulsar-queue on SQLite in a directory, without any server; its CPU is in that of the producer and the worker.
`
