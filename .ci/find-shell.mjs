/** Finds a shell for the specs of completion: on the PATH, or Debian's package, unpacked below node_modules/.cache without root. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { debianProgram, onPath } from './debian-package.mjs'

const PROGRAMS = { zsh: 'bin/zsh', fish: 'usr/bin/fish' }

/** @returns the program, and settings of the environment that it needs where it is not installed */
export async function findShell(name) {
  const installed = onPath(name)
  if (installed !== undefined) return { path: installed, root: null }
  const path = await debianProgram(`pulsar-queue-${name}`, [name, `${name}-common`], PROGRAMS[name])
  return { path, root: join(dirname(path), 'root') }
}

/** The folders of the functions of a fetched zsh, and those of its modules. */
export function zshFolders(root) {
  const functions = join(root, 'usr/share/zsh/functions')
  const libraries = join(root, 'usr/lib')
  const modules = readdirSync(libraries, { recursive: true, withFileTypes: true }).find(
    (entry) => entry.name === 'complete.so' && entry.parentPath.endsWith('/zsh'),
  )
  return {
    functions: readdirSync(functions, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name)),
    modules: dirname(modules.parentPath),
  }
}
