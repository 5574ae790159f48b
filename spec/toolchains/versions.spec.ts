import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { versions } from './versions.js'

const page = readFileSync(new URL('../../docs/toolchains.md', import.meta.url), 'utf8')
/** What the page lists as tried: `| Next.js | next 16.4.6 |`. */
const row = (name: string, version: string): string => `${name} ${version}`

it('docs/toolchains.md names the versions of the fixtures', () => {
  const { '@types/node': _, ...tools } = versions.dependencies
  const tried = Object.entries(tools).map(([name, version]) => row(name, version))
  const nodes = versions.nodes.map((version) => row('Node', version))
  expect([...tried, ...nodes].filter((each) => !page.includes(each))).toEqual([])
})
