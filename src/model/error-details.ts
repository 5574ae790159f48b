/** An error as a task keeps it: plain data, bounded in depth and size. */
export interface ErrorDetails {
  /** Name of its class, such as `'TypeError'`; the type of a thrown value that is no error, such as `'string'`. */
  readonly name: string
  readonly message: string
  /** Its `code`, such as `'ECONNREFUSED'` or `'PQ_SHELL'`. */
  readonly code?: string | number
  /** Other data of its own. Members whose names say that they are secret are hidden. */
  readonly data?: Readonly<Record<string, unknown>>
  /** The error that caused it. */
  readonly cause?: ErrorDetails
  /** The errors that it stands for, as those of an `AggregateError`. */
  readonly errors?: readonly ErrorDetails[]
}
