import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { InterpreterMissingError } from '../errors.js'

/** Names of the interpreter, in the order of preference. */
const NAMES = process.platform === 'win32' ? ['python3.exe', 'python.exe'] : ['python3', 'python']

/**
 * Finds Python on the PATH of this process: `python3`, else `python`.
 *
 * @returns the path of the interpreter
 * @throws {@link InterpreterMissingError}
 */
export async function findPython(): Promise<string> {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '')
  for (const name of NAMES) {
    for (const directory of directories) {
      const file = join(directory, name)
      if (await isExecutable(file)) return file
    }
  }
  throw new InterpreterMissingError('Python', NAMES)
}

/** @returns whether a path is a file that this process may execute */
async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    return false
  }
}
