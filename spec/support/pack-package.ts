import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Packs this package into a directory. Its scripts do not run: lib is built already. @returns the path of the archive */
export async function packPackage(directory: string): Promise<string> {
  const options = ['--json', '--ignore-scripts', '--pack-destination', directory]
  const { stdout } = await promisify(execFile)('npm', ['pack', ...options], { cwd: ROOT })
  // A list, or an object by the package's name: that depends on the version of npm.
  const packed = Object.values(JSON.parse(stdout) as Record<string, { readonly filename: string }>)
  return join(directory, packed[0]?.filename ?? '')
}
