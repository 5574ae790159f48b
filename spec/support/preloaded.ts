import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Why no library can be put before those of a program here; null: one can. @param what - what the library is for */
export function cannotPreload(what: string): string | null {
  if (process.platform !== 'linux') return 'only Linux has LD_PRELOAD'
  return spawnSync('cc', ['--version']).status === 0 ? null : `${what} by a library, and no C compiler (cc) was found`
}

/** Compiles a file beside this one to a library in a directory. @returns its path, for LD_PRELOAD */
export function compileLibrary(name: string, directory: string): string {
  const source = fileURLToPath(new URL(`./${name}.c`, import.meta.url))
  const library = join(directory, `${name}.so`)
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-w', '-o', library, source, '-ldl'])
  return library
}
