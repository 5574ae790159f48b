import { resolve } from 'node:path'
import type { JobContext } from '../jobs/define/job-context.js'
import type { Code } from './code.js'
import type { Script } from './script.js'

/** Python writes in the encoding of the locale otherwise. */
const OUTPUT = { PYTHONIOENCODING: 'utf-8' }

/**
 * Runs a program given as text: the interpreter reads it on its stdin, since a command line has not room for every one.
 *
 * @returns what it printed
 * @throws {@link ShellError} with its stderr when it fails
 */
export async function runCode(context: JobContext, interpreter: string, { code }: Code): Promise<string> {
  return await context.shell(`${quoted(interpreter)} -`, { input: code, env: OUTPUT })
}

/** Runs a program that stands in a file, as {@link runCode} does; its stdin is empty. */
export async function runScript(context: JobContext, interpreter: string, { script }: Script): Promise<string> {
  // An absolute path is no option, whatever the name begins with.
  const path = resolve(context.backend.config.baseDirectory, script)
  return await context.shell(`${quoted(interpreter)} ${quoted(path)}`, { env: OUTPUT })
}

/** One word of a command line, whatever is in it. */
function quoted(word: string): string {
  return process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", `'\\''`)}'`
}
