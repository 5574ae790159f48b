import { mkdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EmbeddedDirectoryError } from '../../../errors.js'
import { errorMessage } from '../../../util/thrown.js'

/**
 * Makes the directory of a store, whose parent must exist.
 *
 * @returns its real path: two names of one directory are one store
 * @throws {@link EmbeddedDirectoryError}
 */
export function prepareDirectory(directory: string): string {
  try {
    if (!statSync(dirname(directory)).isDirectory()) throw new Error('its parent is not a directory')
    makeDirectory(directory)
    makeDirectory(join(directory, 'wake'))
    return realpathSync(directory)
  } catch (error) {
    throw directoryError(directory, error)
  }
}

/** Not `recursive`: that tries for ever where the file system answers as /proc does. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}

/** The typed error for an error of the file system. */
export function directoryError(directory: string, error: unknown): EmbeddedDirectoryError {
  const reason = errorMessage(error)
  return new EmbeddedDirectoryError(
    directory,
    `${reason}; create its parent, or name a directory that can be written`,
    false,
    { cause: error },
  )
}
