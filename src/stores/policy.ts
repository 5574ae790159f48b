/**
 * The numbers that all engines share. TypeScript imports them from here, and the loader of Redis scripts writes them into
 * the scripts that name them.
 */

/** Shortest time to keep a finished record, ms, even if the job's `resultTtl` is less: a repeated call must find the record. */
export const RESULT_TTL_FLOOR = 600_000

/** Largest record that a notice to an inbox carries, bytes. The receiver looks up a larger one. */
export const NOTICE_RECORD_LIMIT = 16 * 1024

/** Most bytes of tasks that are handed to an idle worker in one message, as they are queued. With more, the worker is woken. */
export const HAND_OVER_BYTES = 16 * 1024

/**
 * Size from which a body, a task or a record goes to and from a script by itself and not within a frame, bytes: Lua looks at each byte of
 * each string that it makes, and a frame makes one more.
 */
export const APART_BYTES = 1024

/** Time after which a queue that is empty and has no worker is forgotten, ms. */
export const FORGET_AFTER = 7 * 86_400_000

/**
 * Most bytes of records that one message of notices or task events carries; the receiver looks up the others. A Redis server
 * cuts off a subscriber whose messages it cannot hold (`client-output-buffer-limit`), and all of them are lost.
 */
export const NOTICE_BYTES = 1024 * 1024

/** Largest payload that `PubSub` publishes, bytes: half of what a Redis server holds for a subscriber by default. */
export const PAYLOAD_LIMIT = 16 * 1024 * 1024

/** Most tasks that one call or one pass handles, so that no call blocks the store for long. */
export const CHUNK_TASKS = 500

/** Most bytes of task bodies that one call carries. */
export const CHUNK_BYTES = 1024 * 1024

/**
 * Time for which other tasks may overtake a waiting suspect, ms. After that, workers get only the tasks before the suspect,
 * until one of them holds no task and can take it. Otherwise a suspect would wait for ever where all workers are always busy.
 */
export const SUSPECT_DELAY = 2_000

/** Heartbeats in the life of a lease: it may miss two renewals. */
export const HEARTBEATS_OF_LEASE = 3

/** Longest time until a worker tells of what has ended in it, for the series and samples of a queue, ms. */
export const REPORT_INTERVAL = 10_000
/** Length of the intervals in each of which the last report of a worker keeps the counters of its queue, for the rates, ms. */
export const RATE_INTERVAL = 10_000
/** Number of them that are kept. Nine reach back for more than a minute: the others than the latest are 70 s long together. */
export const RATE_SAMPLES = 9

/** Shortest time between two heartbeats, ms. */
export const SHORTEST_HEARTBEAT = 10

/** Time for which the reply to an operation, such as a flush, is kept, ms: a repeated call gets the first reply again. */
export const OPERATION_TTL = 600_000

/** Time for which the id of a condemned worker is kept, ms: no call under that id arrives later than a day. */
export const CONDEMNED_TTL = 86_400_000

/** Time for which it is shown that a worker has died, ms, and how many such workers are. */
export const LOST_TTL = 3_600_000
export const MOST_LOST = 10

/** Time for which the state of a rule of alerts is kept that nobody evaluates any more, ms. */
export const ALERT_TTL = 604_800_000

/** Time after which an idle worker that should have claimed a due task is no longer waited for, and another is woken, ms. */
export const LOOK_OVERDUE = 100

/** Time for which a permit is kept for the waiter that it was offered to, ms. */
export const OFFER_TTL = 5_000

/** Most failed and revoked tasks of a queue that its index lists, and time for which it lists one, ms. */
export const MOST_FAILED = 10_000
export const FAILED_TTL = 604_800_000

/** Most problems that a queue keeps, and how many leave it at once for a new one: those that were not seen for longest. */
export const MOST_PROBLEMS = 500
export const PROBLEMS_DROPPED = 50

/** Most versions and ids of tasks that a problem names. */
export const MOST_VERSIONS = 10
export const MOST_SAMPLES = 3

/** Most attempts that are kept of a task. */
export const MOST_ATTEMPTS = 10

/** Size from which an outcome, a call or progress is sent by itself, beside all that is small, bytes: over a slow link it takes long. */
export const LARGE_PAYLOAD = 256 * 1024

/** Most acts of operators that a store keeps, and time for which it keeps one, ms. */
export const MOST_ACTS = 10_000
export const ACT_TTL = 7_776_000_000

/**
 * Time for which nothing is claimed after the store's history has changed, ms: all living workers adopt what they hold first. And for
 * how long those are waited for that the store knows of, and that have not done so: they may connect a second later than the first.
 */
export const QUIET_TIME = 500
export const LONGEST_QUIET = 2_000

/** What may be missing after a failover, ms: for that long workers and producers keep what the store has acknowledged. */
export const HISTORY_GAP = 10_000

/** Most jobs of a queue that have series of their own; the others are counted together. */
export const MOST_JOBS = 200

/** Most ids of tasks that have ended lately that a queue lists, and time for which it lists them, ms. */
export const MOST_RECENT = 100
export const RECENT_TTL = 259_200_000

/** Time after a look at the series of a queue for which workers tell of it each second, ms. */
export const WATCH_TTL = 15_000
