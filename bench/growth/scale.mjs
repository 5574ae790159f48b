/** How many tasks the measurements of growth have: large enough to be steady, whatever the point of the axis. */
export const full = {
  enqueue: 20_000,
  drain: 100_000,
  claims: 500,
  payloadTasks: 20_000,
  payloadBytes: 100_000_000,
  window: 20_000,
  due: 5_000,
  spread: 10_000,
}
export const quick = {
  enqueue: 1_000,
  drain: 4_000,
  claims: 50,
  payloadTasks: 500,
  payloadBytes: 5_000_000,
  window: 2_000,
  due: 200,
  spread: 1_000,
}
