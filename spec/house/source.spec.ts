import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { globSync } from 'tinyglobby'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sources = globSync('src/**/*.ts', { cwd: root })
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** Whether a module waits while it is loaded. Functions may wait: they run later. */
function awaitsAtTopLevel(node: ts.Node): boolean {
  if (ts.isFunctionLike(node) || ts.isClassLike(node)) return false
  if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return true
  return ts.forEachChild(node, (child) => awaitsAtTopLevel(child) || undefined) ?? false
}

describe('the source', () => {
  it('never awaits at top level, so that CommonJS can require it', () => {
    const waiting = sources.filter((path) =>
      awaitsAtTopLevel(ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022, true)),
    )
    expect(waiting).toEqual([])
  })

  it('names its files in kebab-case', () => {
    expect(sources.filter((path) => !/^src\/([a-z]+\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(path))).toEqual([])
  })

  it('keeps its files short enough to read', () => {
    const long = sources.filter((path) => read(path).split('\n').length > 500)
    expect(long).toEqual([])
  })
})

describe('the changelog', () => {
  it('has a section for the version in package.json', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string }
    expect(read('CHANGELOG.md')).toContain(`## [${version}]`)
  })
})
