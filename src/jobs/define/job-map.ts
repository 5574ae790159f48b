/** One job's types: its arguments by name and what awaiting its result gives. */
export interface JobTypes {
  readonly args: object
  readonly result: unknown
}

/**
 * Job names to their types. Empty here; the file that `pq generate` writes adds a member for each job, and every
 * `queue('name', ...)` is checked from then on.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- augmented by generated files
export interface JobMap {}
