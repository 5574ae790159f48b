import { realpathSync } from 'node:fs'

/** Whether a file is the program that this process runs. */
export function isProgram(file: string): boolean {
  const [, script] = process.argv
  if (script === undefined) return false
  try {
    return realpathSync(script) === realpathSync(file)
  } catch {
    return false
  }
}
