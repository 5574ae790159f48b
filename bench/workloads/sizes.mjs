/** How many tasks each workload has. Warm-up comes on top of it where producers are timed, and off it where workers are. */
const tasks = {
  awaited: 20_000,
  atOnce: 100_000,
  bulk: 100_000,
  drain: { 1: 30_000, 10: 60_000, 100: 100_000 },
  roundTrips: { 1: 5_000, 100: 50_000 },
  bytes: 20_000,
}
/** Enough that the code of a queue is warm where it is fast: below that, the figure is that of its first tenths of a second. */
const quickTasks = {
  awaited: 1_500,
  atOnce: 30_000,
  bulk: 30_000,
  drain: { 1: 3_000, 10: 15_000, 100: 40_000 },
  roundTrips: { 1: 400, 100: 5_000 },
  bytes: 10_000,
}

/** Sizes of a run. `delays`: of delayed tasks, with times in ms. `patience`: for all tasks of a measurement to end, ms. */
export const full = {
  tasks,
  delays: { tasks: 10_000, lead: 2_000, spread: 14_000, patience: 40_000 },
  patience: 120_000,
}
export const quick = {
  tasks: quickTasks,
  delays: { tasks: 100, lead: 500, spread: 500, patience: 15_000 },
  patience: 30_000,
}
