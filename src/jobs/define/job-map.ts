/** The types of a job: its arguments by name, and its awaited result. */
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
