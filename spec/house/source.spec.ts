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

/** What makes code of a text: `eval`, `Function`, `node:vm`. */
function makesCode(node: ts.Node): boolean {
  if (ts.isIdentifier(node) && (node.text === 'eval' || node.text === 'Function')) {
    // A type is none, and a name behind a dot is another one, except of what all programs have.
    const { parent } = node
    if (ts.isTypeReferenceNode(parent)) return false
    if (ts.isPropertyAccessExpression(parent) && parent.name === node)
      return parent.expression.getText() === 'globalThis'
    if (ts.isPropertyAccessExpression(parent)) return parent.name.text !== 'prototype'
    return ts.isCallExpression(parent) || ts.isNewExpression(parent)
  }
  if (ts.isStringLiteral(node) && /^(node:)?vm$/.test(node.text)) return true
  return ts.forEachChild(node, (child) => makesCode(child) || undefined) ?? false
}

describe('the source', () => {
  it('makes code of a text in one place, which gets a function of the program, and never of what a store or a caller has sent', () => {
    const making = sources.filter((path) =>
      makesCode(ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022, true)),
    )
    // From `runInThread` of a job to the thread that its own process has started.
    expect(making).toEqual(['src/execution/pools/function-of.ts'])
  })

  it('never awaits at top level, so that CommonJS can require it', () => {
    const waiting = sources.filter((path) =>
      awaitsAtTopLevel(ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022, true)),
    )
    expect(waiting).toEqual([])
  })

  it('never limits a statement by a bare parameter, for which SQLite would plan it anew with each value', () => {
    expect(sources.filter((path) => /\bLIMIT\s+\?/.test(read(path)))).toEqual([])
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
