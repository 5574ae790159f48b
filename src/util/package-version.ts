import { readFileSync } from 'node:fs'

/** Version of this package. The build replaces this module by one that contains the version. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return manifest.version
}
