import { fileURLToPath } from 'node:url'
import type { Config } from '../../model/config.js'

/** The program that a member runs. */
export interface MemberProgram {
  readonly file: string
  /** Its command line, without program and script. */
  readonly argv: readonly string[]
  /** Handed to it; must be plain data. */
  readonly data: unknown
  /** Whether it is the application's own program, so that what that binds is bound in the member, too. */
  readonly isApplication: boolean
}

/** Marks the `workerData` of a thread, and the first message to a child process. */
export interface MemberMark {
  readonly pulsarQueueMember: 'thread' | 'process'
  readonly data: unknown
}

/** Set in the environment of a child process of a pool. */
export const MEMBER_ENV = 'PULSAR_QUEUE_MEMBER'

/** The program that this process runs, to be run once more in each member. Null where no script file runs. */
export function applicationProgram(): MemberProgram | null {
  const [, script, ...argv] = process.argv
  return script === undefined ? null : { file: script, argv, data: null, isApplication: true }
}

/** A program that loads the job files of `taskPaths` and nothing else, for a process whose own must not run again. */
export function jobFilesProgram(config: Config): MemberProgram {
  return {
    file: fileURLToPath(new URL('./member-entry.js', import.meta.url)),
    argv: [],
    data: Object.fromEntries(Object.entries(config)),
    isApplication: false,
  }
}
