import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { globSync } from 'tinyglobby'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'))

const { sideEffects, dependencies, optionalDependencies } = read('package.json') as {
  sideEffects: string[]
  dependencies: Record<string, string>
  optionalDependencies: Record<string, string>
}

/** The code of users imports these, too: decorators and containers work only where both have the same copy. */
const SHARED = ['class-transformer', 'class-validator', 'reflect-metadata', 'tsyringe', 'typedi']

function definesJob({ initializer }: ts.VariableDeclaration): boolean {
  return (
    initializer !== undefined && ts.isCallExpression(initializer) && initializer.expression.getText() === 'defineJob'
  )
}

/** Whether loading a module has a side effect: it registers, polyfills or listens. A bundler must not drop such a module. */
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
  it('lists in sideEffects every module with a side effect', () => {
    // The page of the dashboard is bundled by the build.
    const files = globSync('src/**/*.ts', { cwd: root, ignore: 'src/dashboard/ui/**' })
    const effective = files.filter(hasEffects)
    expect(effective).toContain('src/index.ts')
    const named = new Set(sideEffects.flatMap(sources))
    expect(effective.filter((path) => !named.has(path))).toEqual([])
  })

  it('lists no missing module in sideEffects', () => {
    expect(sideEffects.filter((pattern) => sources(pattern).length === 0)).toEqual([])
  })

  it('names the exact version of each dependency that no code of users imports', () => {
    const ranges = Object.entries({ ...dependencies, ...optionalDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    )
    expect(ranges.map(([name]) => name)).toEqual(SHARED)
  })

  // Both bring what their scripts look for, and work where `npm install --ignore-scripts` is the rule.
  it('has two dependencies with a script that runs when they are installed, both optional', () => {
    const { packages } = read('package-lock.json') as {
      packages: Record<string, { dev?: boolean; optional?: boolean; hasInstallScript?: boolean }>
    }
    const installed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true)
    expect(installed.length).toBeGreaterThan(Object.keys(dependencies).length)
    expect(installed.filter(([, { hasInstallScript }]) => hasInstallScript === true)).toMatchObject([
      ['node_modules/@photostructure/sqlite', { optional: true }],
      ['node_modules/msgpackr/node_modules/msgpackr-extract', { optional: true }],
    ])
  })
})
