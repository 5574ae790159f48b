/** The program that a member runs. */
export interface MemberProgram {
  readonly file: string
  /** Its command line, without program and script. */
  readonly argv: readonly string[]
  /** Handed to it; must be plain data. */
  readonly data: unknown
}

/** Marks the `workerData` of a thread, and the first message to a child process. */
export interface MemberMark {
  readonly pulsarQueueMember: 'thread' | 'process'
  readonly data: unknown
}

/** Set in the environment of a child process of a pool. */
export const MEMBER_ENV = 'PULSAR_QUEUE_MEMBER'
