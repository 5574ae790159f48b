import type { WorkerFigures } from '../../model/worker-figures.js'
import type { Metric } from './metric.js'

/** The metrics of the workers of one node. */
export function workerMetrics(workers: readonly WorkerFigures[]): Metric[] {
  const gauge = (name: string, help: string, value: number): Metric => ({
    name: `pulsar_worker_${name}`,
    type: 'gauge',
    help,
    samples: [{ labels: {}, value }],
  })
  const sum = (of: (worker: WorkerFigures) => number): number => workers.reduce((total, each) => total + of(each), 0)
  return [
    gauge('processes', 'Worker processes of this node that consume.', workers.length),
    gauge(
      'running',
      'Tasks that run on this node.',
      sum(({ running }) => running),
    ),
    gauge(
      'slots',
      'Most tasks that run on this node at once.',
      sum(({ slots }) => slots),
    ),
    gauge(
      'event_loop_delay_seconds',
      'Mean delay of the event loop, of the process in which it is longest.',
      Math.max(0, ...workers.map(({ eventLoopDelay }) => eventLoopDelay / 1_000)),
    ),
    gauge(
      'heap_bytes',
      'Heap in use by the worker processes.',
      sum(({ heapUsed }) => heapUsed),
    ),
    {
      name: 'pulsar_worker_processed',
      type: 'counter',
      help: 'Tasks that ended in the present worker processes of this node. It begins anew with them.',
      samples: [{ labels: {}, value: sum(({ processed }) => processed) }],
    },
  ]
}
