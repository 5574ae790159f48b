import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Project } from '../codegen/project.js'
import { makeProject, root, TSCONFIG } from '../codegen/project.js'

let project: Project

beforeAll(async () => {
  project = await makeProject({})
  await cp(join(root, 'spec/types/fixtures'), project.directory, { recursive: true })
  const { source, problems } = project.generate(['jobs.ts'])
  expect(problems).toEqual([])
  await writeFile(join(project.directory, 'client.generated.ts'), source ?? '')
})

afterAll(() => project[Symbol.asyncDispose]())

/** What the compiler says of the fixtures. A `@ts-expect-error` above a line that compiles is an error as well. */
function complaints(options: ts.CompilerOptions): string[] {
  const parsed = ts.parseJsonConfigFileContent(TSCONFIG, ts.sys, project.directory)
  const files = ['client.ts', 'api.ts'].map((file) => join(project.directory, file))
  const program = ts.createProgram(files, { ...parsed.options, skipLibCheck: false, ...options })
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const { line } = file ? file.getLineAndCharacterOfPosition(start ?? 0) : { line: -1 }
    return `${file?.fileName ?? ''}:${String(line + 1)} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

describe('correct calls compile, and wrong ones do not,', () => {
  it('with the strict options', () => {
    expect(complaints({})).toEqual([])
  })

  it('with exactOptionalPropertyTypes and the other options beyond strict', () => {
    expect(
      complaints({ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true }),
    ).toEqual([])
  })
})
