import { resolve } from 'node:path'
import type { JobContext } from '../jobs/define/job-context.js'
import type { Code, Script } from './arguments.js'

/** Environment of the program: without it Python writes in the encoding of the locale. */
const ENVIRONMENT = { PYTHONIOENCODING: 'utf-8' }

/**
 * Runs a program that is given as text. The interpreter reads it on stdin, since the length of a command line is limited.
 *
 * @returns the output of the program
 * @throws {@link ShellError} with the program's stderr when it fails
 */
export async function runCode(context: JobContext, interpreter: string, { code }: Code): Promise<string> {
  return await context.shell(`${quoted(interpreter)} -`, { input: code, env: ENVIRONMENT })
}

/**
 * Runs a program that is a file. Its stdin is empty.
 *
 * @returns the output of the program
 * @throws {@link ShellError} with the program's stderr when it fails
 */
export async function runScript(context: JobContext, interpreter: string, { script }: Script): Promise<string> {
  // Made absolute, so that the interpreter does not take a name such as `--x.py` for an option.
  const path = resolve(context.backend.config.baseDirectory, script)
  return await context.shell(`${quoted(interpreter)} ${quoted(path)}`, { env: ENVIRONMENT })
}

/** @returns a text as one word of a command line */
function quoted(word: string): string {
  return process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", `'\\''`)}'`
}
