import { fileURLToPath } from 'node:url'
import { BundledError } from '../../errors.js'
import type { Config } from '../../model/config.js'
import { packageFile } from '../../util/package-files.js'

/** The program that a member runs. */
export interface MemberProgram {
  readonly file: string
  /** Arguments of its command line, without the program and the script. */
  readonly argv: readonly string[]
  /** Plain data that the member gets. */
  readonly data: unknown
  /** Whether this is the application's own program. A member then has all bindings of the application. */
  readonly isApplication: boolean
}

/** Marks the `workerData` of a thread, and the first message to a child process. */
export interface MemberMark {
  readonly pulsarQueueMember: 'thread' | 'process'
  readonly data: unknown
}

/** The environment variable that marks a child process of a pool. */
export const MEMBER_ENV = 'PULSAR_QUEUE_MEMBER'

/** The program of this process, for its members to run. Null where the process runs no script file. */
export function applicationProgram(): MemberProgram | null {
  const [, script, ...argv] = process.argv
  return script === undefined ? null : { file: script, argv, data: null, isApplication: true }
}

/** A program that only loads the job files of `taskPaths`, for members that must not run the application's program. */
export function jobFilesProgram(config: Config): MemberProgram {
  return {
    // Looked for when a member starts: a bundled producer has none.
    get file() {
      const file = packageFile('execution/pools/member-entry.js')
      if (file === null) throw new BundledError()
      return fileURLToPath(file)
    },
    argv: [],
    data: Object.fromEntries(Object.entries(config)),
    isApplication: false,
  }
}
