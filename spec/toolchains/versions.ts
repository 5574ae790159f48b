import { readFileSync } from 'node:fs'

/** The versions with which the fixtures are tried. */
interface Versions {
  readonly dependencies: Readonly<Record<string, string>>
  readonly nodes: readonly string[]
}

/** The one place that pins them. */
export const versions = JSON.parse(readFileSync(new URL('fixtures/package.json', import.meta.url), 'utf8')) as Versions
