import type { ChildProcess, ForkOptions } from 'node:child_process'

/** `fork` of Node. Bundlers that know it by its import look for the script when they build. */
export function forkScript(script: string, args: readonly string[], options: ForkOptions): ChildProcess {
  return process.getBuiltinModule('node:child_process').fork(script, args, options)
}
