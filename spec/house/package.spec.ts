import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { globSync } from 'tinyglobby'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { sideEffects } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { sideEffects: string[] }

function definesJob({ initializer }: ts.VariableDeclaration): boolean {
  return (
    initializer !== undefined && ts.isCallExpression(initializer) && initializer.expression.getText() === 'defineJob'
  )
}

/** Whether loading a module registers, polyfills or listens: a bundler that drops it for want of used names breaks it. */
function hasEffects(path: string): boolean {
  const { statements } = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.ES2022, true)
  return statements.some(
    (statement) =>
      ts.isExpressionStatement(statement) ||
      (ts.isImportDeclaration(statement) && statement.importClause === undefined) ||
      (ts.isVariableStatement(statement) && statement.declarationList.declarations.some(definesJob)),
  )
}

/** The modules of `src` that a pattern of `lib` stands for. */
function sources(pattern: string): string[] {
  return globSync(pattern.replace('./lib/', 'src/').replace(/js$/, 'ts'), { cwd: root })
}

describe('package.json', () => {
  it('names in sideEffects every module that does something when it is loaded', () => {
    const effective = globSync('src/**/*.ts', { cwd: root }).filter(hasEffects)
    expect(effective).toContain('src/index.ts')
    const named = new Set(sideEffects.flatMap(sources))
    expect(effective.filter((path) => !named.has(path))).toEqual([])
  })

  it('names no module in sideEffects that is gone', () => {
    expect(sideEffects.filter((pattern) => sources(pattern).length === 0)).toEqual([])
  })
})
