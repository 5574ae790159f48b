import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { format } from 'prettier'
import ts from 'typescript'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Project } from './project.js'
import { makeProject, root, TSCONFIG } from './project.js'

const JOBS = ['jobs/addition.ts', 'jobs/billing.ts', 'jobs/mail.ts']

let project: Project

beforeAll(async () => {
  project = await makeProject({})
  await cp(join(root, 'spec/codegen/fixtures/shop'), project.directory, { recursive: true })
})

afterAll(() => project[Symbol.asyncDispose]())

function source(standalone: boolean): string {
  const generated = project.generate(JOBS, standalone)
  expect(generated.problems.map(({ message }) => message)).toEqual([])
  return generated.source ?? ''
}

/** @returns the compiler's diagnostics for files of the project, under these options */
function compile(files: readonly string[], options: ts.CompilerOptions = {}): string[] {
  const parsed = ts.parseJsonConfigFileContent(TSCONFIG, ts.sys, project.directory)
  const rootNames = files.map((file) => join(project.directory, file))
  const program = ts.createProgram({ rootNames, options: { ...parsed.options, skipLibCheck: false, ...options } })
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    return `${file?.fileName ?? ''}:${String(line)} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}

describe('a generated client', () => {
  it('has a typed method for each job, and the manifest', async () => {
    await expect(source(false)).toMatchFileSnapshot('snapshots/shop.client.txt')
  })

  it('with --standalone has the types printed out, and imports no file of jobs', async () => {
    const text = source(true)
    expect(text).not.toMatch(/from '\./)
    await expect(text).toMatchFileSnapshot('snapshots/shop.standalone.txt')
  })

  it.each([false, true])('does not depend on the order of the files (standalone: %s)', (standalone) => {
    const other = project.generate([...JOBS].reverse(), standalone)
    expect(other.source).toBe(source(standalone))
  })

  it.each([false, true])('is formatted as by prettier (standalone: %s)', async (standalone) => {
    const text = source(standalone)
    expect(await format(text, { parser: 'typescript', semi: false, singleQuote: true })).toBe(text)
  })

  it('compiles under strict, with and without exactOptionalPropertyTypes', async () => {
    await writeFile(join(project.directory, 'client.generated.ts'), source(false))
    await writeFile(join(project.directory, 'standalone.generated.ts'), source(true))
    const files = ['client.generated.ts', 'standalone.generated.ts']
    expect(compile(files)).toEqual([])
    const strictest = { exactOptionalPropertyTypes: true, verbatimModuleSyntax: true, isolatedModules: true }
    expect(compile(files, { ...strictest, noUncheckedIndexedAccess: true })).toEqual([])
  })

  it('passes the strictest lint rules', async () => {
    await writeFile(join(project.directory, 'client.generated.ts'), source(false))
    await writeFile(join(project.directory, 'standalone.generated.ts'), source(true))
    const eslint = new ESLint({
      cwd: project.directory,
      overrideConfigFile: true,
      overrideConfig: [
        ...tseslint.configs.strictTypeChecked,
        ...tseslint.configs.stylisticTypeChecked,
        { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: project.directory } } },
      ] as never,
    })
    const results = await eslint.lintFiles(['client.generated.ts', 'standalone.generated.ts'])
    expect(
      results.flatMap(({ messages }) => messages.map(({ line, message }) => `${String(line)} ${message}`)),
    ).toEqual([])
  })

  it('imports the jobs by specifiers in the style of the project', async () => {
    const styles: [object, string][] = [
      [{ module: 'NodeNext' }, "'./jobs/addition.js'"],
      [{ module: 'ESNext', moduleResolution: 'bundler' }, "'./jobs/addition'"],
      [{ module: 'NodeNext', rewriteRelativeImportExtensions: true }, "'./jobs/addition.ts'"],
      [{ module: 'ESNext', moduleResolution: 'bundler', allowImportingTsExtensions: true }, "'./jobs/addition.ts'"],
    ]
    const tsconfig = join(project.directory, 'tsconfig.json')
    const before = await readFile(tsconfig, 'utf8')
    for (const [options, specifier] of styles) {
      const config = JSON.parse(before) as { compilerOptions: object }
      await writeFile(tsconfig, JSON.stringify({ compilerOptions: { ...config.compilerOptions, ...options } }))
      expect(project.generate(['jobs/addition.ts']).source).toContain(`import type { Addition } from ${specifier}\n`)
    }
    await writeFile(tsconfig, before)
  })
})
