import { createRequire } from 'node:module'
import { join } from 'node:path'
import type ts from 'typescript'
import { TypeScriptMissingError } from '../errors.js'
import { packagePlace } from '../util/package-files.js'

/** The API of the TypeScript compiler. */
export type TypeScript = typeof ts

/** Oldest version that is supported: major, minor. */
const OLDEST = [5, 9] as const

/**
 * Loads the compiler's API: that of the user's project, else the one that was installed beside this package.
 *
 * @param project - directory of the user's project
 * @returns the module `typescript`
 * @throws {@link TypeScriptMissingError} where there is none, it is too old, or it has no API
 */
export function loadTypeScript(project: string): TypeScript {
  const found = requireFrom(join(project, 'package.json')) ?? requireFrom(packagePlace())
  if (found === null) throw new TypeScriptMissingError('none is installed')
  const version = 'version' in found && typeof found.version === 'string' ? found.version : 'unknown'
  if (!('createProgram' in found) || typeof found.createProgram !== 'function') {
    throw new TypeScriptMissingError(`version ${version} has no compiler API in JavaScript`)
  }
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new TypeScriptMissingError(`version ${version} is too old`)
  }
  return found as unknown as TypeScript
}

/** @returns the module `typescript` that a place resolves to; null where there is none */
function requireFrom(place: string): object | null {
  try {
    const found: unknown = createRequire(place)('typescript')
    return typeof found === 'object' ? found : null
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return null
    // TypeScript 7 has no entry that can be required.
    if (error instanceof Error && 'code' in error && error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED')
      return { version: '7' }
    throw error
  }
}
