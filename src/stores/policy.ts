/**
 * The numbers that every engine obeys. Each has its home here: TypeScript imports it, and the loader of Redis scripts
 * writes it into the scripts that name it.
 */

/** Shortest time to keep a finished record, ms, whatever the job's `resultTtl` says: a resent call must find it. */
export const RESULT_TTL_FLOOR = 600_000

/** Largest record that a notice to an inbox carries, bytes. The receiver looks up a larger one. */
export const NOTICE_RECORD_LIMIT = 16 * 1024

/** Most tasks that one call or one pass handles, so that the store is never held long. */
export const CHUNK_TASKS = 500

/** Most bytes of task bodies that one call carries. */
export const CHUNK_BYTES = 1024 * 1024

/**
 * Time after which a waiting suspect is passed over no more, ms: from then on workers get only what stands before it, until
 * one of them holds nothing. Without it a suspect would wait for ever where no worker is ever empty.
 */
export const SUSPECT_DELAY = 2_000

/** Time for which an operation, such as a flush, is remembered, ms: a call that is sent again gets the first answer. */
export const OPERATION_TTL = 600_000

/** Time for which the id of a condemned worker is remembered, ms: nothing that still uses the id is a day late. */
export const CONDEMNED_TTL = 86_400_000

/** Delay after which an idle worker that should have claimed a due task counts as busy with something else, ms. */
export const LOOK_OVERDUE = 100

/** Time for which a permit is kept for the waiter that it was offered to, ms. */
export const OFFER_TTL = 5_000
