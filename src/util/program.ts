import { realpathSync } from 'node:fs'

/** Whether a file is the main script of this process. */
export function isProgram(file: string): boolean {
  const [, script] = process.argv
  if (script === undefined) return false
  try {
    return realpathSync(script) === realpathSync(file)
  } catch {
    return false
  }
}
