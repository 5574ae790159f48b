import { readFileSync } from 'node:fs'

let version: string | undefined

/** Version of this package. */
export function packageVersion(): string {
  return (version ??= read())
}

function read(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return manifest.version
}
