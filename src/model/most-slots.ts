/** Most tasks that a worker can be told to run at once. */
export const MOST_SLOTS = 10_000
