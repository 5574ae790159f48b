import { readFileSync } from 'node:fs'

let known: string | null | undefined

/** The version in the package.json of the working directory, as it was when this was first called; null: there is none. */
export function applicationVersion(): string | null {
  if (known === undefined) known = read()
  return known
}

function read(): string | null {
  try {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version?: unknown }
    return typeof version === 'string' && version !== '' ? version.slice(0, 100) : null
  } catch {
    return null
  }
}
