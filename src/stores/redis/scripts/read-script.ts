import type { ScriptFile } from './script-file.js'
import { parseScriptFile } from './script-file.js'

/**
 * Reads a script and the parts that it includes, each once and before its first user. Parts lie in `scripts/`.
 *
 * @param read - text of a file below `stores/redis`, by its path without extension
 * @throws what {@link parseScriptFile} throws; Error for parts that include each other
 */
export function readScript(name: string, read: (path: string) => string): ScriptFile[] {
  const files = new Map<string, ScriptFile>()
  const open: string[] = []
  const add = (path: string): void => {
    if (files.has(path)) return
    if (open.includes(path)) throw new Error(`scripts include each other: ${[...open, path].join(', ')}`)
    open.push(path)
    const file = parseScriptFile(path, read(path))
    for (const part of file.includes) add(`scripts/${part}`)
    open.pop()
    files.set(path, file)
  }
  add(name)
  return [...files.values()]
}
