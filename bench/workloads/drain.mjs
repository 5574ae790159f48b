/**
 * W3, W7: workers that begin with tasks that are queued already. Counted are the recorded ends between two moments: after the
 * warm-up, or when a third of the tasks has begun, and after the measured seconds, or before the tasks come to an end.
 */
import { withProcesses } from '../lib/processes.mjs'
import { usedByStore } from '../lib/redis-usage.mjs'
import { clock } from '../lib/time.mjs'

/** Shares of the tasks that have begun, at most, at the first and at the second moment. */
const [FIRST, SECOND] = [1 / 3, 0.85]

export const drain = (workers) => async (bench) =>
  await withProcesses(bench, { workers }, async (producer, startWorkers) => {
    const { backlog, warmUp, measured, patience } = bench.sizes
    await producer.act('bulk', { tasks: backlog, width: 2 }, patience)
    const started = await startWorkers()
    const ask = async (act, options) =>
      await Promise.all(started.map(async (worker) => (await worker.act(act, options)).result))
    const look = async () => {
      const [{ result: ended }, store, usage] = await Promise.all([
        producer.act('ended'),
        bench.store.usage(),
        ask('usage'),
      ])
      const cpu = usage.reduce((sum, each) => sum + each.cpu, 0)
      return { ended, at: clock(), store, cpu, rss: Math.max(...usage.map(({ rss }) => rss)) }
    }
    const runFor = async (seconds, share) =>
      await ask('ran', { seconds, tasks: Math.round((share * backlog) / started.length) })

    await runFor(warmUp, FIRST)
    const before = await look()
    await runFor(measured, SECOND)
    const after = await look()
    const tasks = after.ended - before.ended
    if (tasks <= 0) throw new Error(`no task has ended in ${measured} s`)
    return {
      rate: tasks / ((after.at - before.at) / 1_000),
      workerMicros: ((after.cpu - before.cpu) * 1e6) / tasks,
      workerMegabytes: after.rss / 1e6,
      ...usedByStore(before.store, after.store, tasks),
    }
  })
