/** The types of a job's arguments, by name, and of its awaited result. */
export interface JobTypes {
  readonly args: object
  readonly result: unknown
}

/**
 * The types of all jobs, by job name. It is empty here. The file that `pq generate` writes adds a member for each job, and
 * the compiler then checks every `queue('name', ...)`.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- augmented by generated files
export interface JobMap {}
