/** How many tasks each workload has. Warm-up comes on top of it where producers are timed, and off it where workers are. */
const tasks = {
  awaited: 20_000,
  atOnce: 100_000,
  bulk: 100_000,
  drain: { 1: 30_000, 10: 60_000, 100: 100_000 },
  roundTrips: { 1: 5_000, 100: 50_000 },
  bytes: 20_000,
}
const quickTasks = {
  awaited: 1_500,
  atOnce: 10_000,
  bulk: 10_000,
  drain: { 1: 2_000, 10: 5_000, 100: 8_000 },
  roundTrips: { 1: 400, 100: 2_000 },
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
  patience: 15_000,
}
