/**
 * The workloads by name, with the figures that the report takes from each. A figure has a label, a unit, and the member of a
 * measurement (`of`) that it is; less is better where it says so.
 */
const perSecond = (label) => [{ label, unit: 'per s', of: 'rate' }]
const ms = (label, of) => ({ label, unit: 'ms', of, lessIsBetter: true })
const bytes = (label, of) => ({ label, unit: 'bytes', of, lessIsBetter: true })
const payloads = (size) => [
  { label: `enqueue tasks of ${size}, 100 calls at once`, unit: 'per s', of: 'enqueued' },
  ...perSecond(`process tasks of ${size}, concurrency 10`),
]

export const figures = {
  awaited: perSecond('enqueue, each awaited'),
  atOnce: perSecond('enqueue, 1,000 calls at once'),
  bulk: perSecond('enqueue, calls of 1,000 tasks, 4 at a time'),
  process1: perSecond('process, concurrency 1'),
  process10: perSecond('process, concurrency 10'),
  process100: perSecond('process, concurrency 100'),
  twoWorkers: perSecond('process, two workers, concurrency 50 each'),
  roundTrip: [ms('round trip, 1 in flight, p50', 'p50'), ms('round trip, 1 in flight, p99', 'p99')],
  roundTrips: [...perSecond('round trips, 100 in flight'), ms('round trip, 100 in flight, p99', 'p99')],
  coldTrips: [ms('round trip, 1 in flight, first 500 of new processes, p50', 'p50')],
  delays: [ms('delayed tasks, lateness, p50', 'p50'), ms('delayed tasks, lateness, p99', 'p99')],
  bytes: [bytes('store, bytes a queued task', 'queued'), bytes('store, bytes a finished task', 'finished')],
  payload10k: payloads('10 kB'),
  payload100k: payloads('100 kB'),
}

/** What a task costs, and a worker, by the member of a measurement. */
export const costs = {
  producerMicros: 'CPU of the producer, µs',
  workerMicros: 'CPU of the worker, µs',
  workerMegabytes: 'memory of a worker, MB',
  storeMicros: 'CPU of Redis, µs',
  scriptMicros: 'time in scripts, µs',
  storeScripts: 'script calls',
  storeCommands: 'commands of Redis',
}
