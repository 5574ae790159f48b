/**
 * How long a run is. All queues have the same seconds: with the same number of tasks a fast one would be over before its code is
 * warm. `cold`: round trips of processes that have just begun. `backlog`: tasks that workers find. `enqueued`: most tasks that are
 * queued in the measured seconds. `payloadBytes`: of all tasks with a long text. `delays`: of delayed tasks, with times in ms.
 * `patience`: for all tasks of a measurement to end, ms.
 */
export const full = {
  warmUp: 4,
  measured: 2,
  cold: 500,
  backlog: 300_000,
  enqueued: 600_000,
  bytes: 20_000,
  payloadBytes: 120_000_000,
  delays: { tasks: 10_000, lead: 2_000, spread: 14_000, patience: 40_000 },
  patience: 120_000,
}
export const quick = {
  warmUp: 1,
  measured: 1,
  cold: 100,
  backlog: 60_000,
  enqueued: 200_000,
  bytes: 10_000,
  payloadBytes: 30_000_000,
  delays: { tasks: 100, lead: 500, spread: 500, patience: 15_000 },
  patience: 30_000,
}
