/**
 * What the cost is measured against, with what the report says of it. Each series has the points of its axis, the stores that
 * it is measured on, and the figures of a point (as in workloads/figures.mjs).
 */
const rate = (label, of) => ({ label, unit: 'per s', of })
const less = (label, unit, of) => ({ label, unit, of, lessIsBetter: true })
const both = ['redis', 'embedded']

export const series = {
  length: {
    title: 'Length of the queue',
    axis: 'tasks in the queue',
    points: [1_000, 10_000, 100_000, 1_000_000],
    quick: [1_000, 5_000],
    stores: both,
    figures: [
      rate('enqueue', 'enqueue'),
      less('Redis for one queued', 'µs', 'enqueueMicros'),
      less('settle one and claim the next', 'ms', 'claim'),
      less('Redis for that', 'µs', 'claimMicros'),
      rate('process, concurrency 100', 'drain'),
      less('Redis for one processed', 'µs', 'drainMicros'),
    ],
  },
  payload: {
    title: 'Size of the payload',
    axis: 'bytes of one argument',
    points: [100, 1_000, 10_000, 100_000, 1_000_000],
    quick: [100, 100_000],
    stores: both,
    figures: [
      rate('enqueue', 'enqueue'),
      { label: 'enqueue', unit: 'MB per s', of: 'enqueueBytes' },
      rate('process, concurrency 10', 'drain'),
      { label: 'process, concurrency 10', unit: 'MB per s', of: 'drainBytes' },
    ],
  },
  workers: {
    title: 'Worker processes on one queue',
    axis: 'workers of concurrency 50',
    points: [1, 2, 4, 8],
    quick: [1, 2],
    stores: both,
    figures: [
      rate('process', 'drain'),
      less('CPU of the workers', 'µs a task', 'workerMicros'),
      less('CPU of Redis', 'µs a task', 'storeMicros'),
    ],
  },
  idle: {
    title: 'Idle workers on one queue',
    axis: 'workers that join, renew and look',
    points: [1, 100, 1_000],
    quick: [1, 20],
    stores: ['redis'],
    figures: [
      less('CPU of Redis', '% of a core', 'cpu'),
      less('commands sent', 'per s', 'sent'),
      less('memory of Redis', 'MB', 'megabytes'),
    ],
  },
  process: {
    title: 'One idle worker process',
    axis: 'worker processes',
    points: [1],
    quick: [1],
    stores: both,
    figures: [
      less('CPU of the worker', '% of a core', 'cpu'),
      less('script calls', 'per s', 'scripts'),
      less('memory of the worker', 'MB', 'megabytes'),
    ],
  },
  queues: {
    title: 'Queues of one worker',
    axis: 'queues',
    points: [1, 10, 100],
    quick: [1, 10],
    stores: both,
    figures: [
      rate('enqueue', 'enqueue'),
      rate('process, concurrency 100', 'drain'),
      less('CPU of the worker', 'µs a task', 'workerMicros'),
    ],
  },
  jobs: {
    title: 'Registered jobs',
    axis: 'jobs of the producer and the worker',
    points: [1, 100, 1_000],
    quick: [1, 100],
    stores: both,
    figures: [
      rate('enqueue', 'enqueue'),
      rate('process, concurrency 100', 'drain'),
      less('CPU of the worker', 'µs a task', 'workerMicros'),
    ],
  },
  delayed: {
    title: 'Delayed tasks',
    axis: 'delayed tasks in the queue',
    points: [1_000, 10_000, 100_000, 1_000_000],
    quick: [1_000, 5_000],
    stores: both,
    figures: [
      rate('enqueue', 'enqueue'),
      less('Redis for one queued', 'µs', 'enqueueMicros'),
      less('store for one', 'bytes', 'bytes'),
      less('lateness of those due, p50', 'ms', 'p50'),
      less('p99', 'ms', 'p99'),
    ],
  },
  memory: {
    title: 'Memory over many tasks',
    axis: 'tasks that one worker has run',
    stores: both,
    rounds: 1,
    samples: { tasks: 1_000_000, long: 10_000_000, quick: 20_000 },
    figures: [
      less('worker process', 'MB', 'worker'),
      less('of that, heap in use', 'MB', 'heap'),
      less('Redis, without finished records', 'MB', 'redis'),
    ],
  },
}
