import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Project } from './project.js'
import { makeProject, TSCONFIG } from './project.js'

const JOBS = `import { BaseJob, Job } from 'pulsar-queue'
/** Adds two numbers. */
@Job() export class Addition { run(a: number, b: number) { return a + b } }
@Job() export class Silent extends BaseJob { run(a: number) { return a } }
`
const CALLS = `import { createClient } from './client.generated.js'
const { jobs } = await createClient()
jobs.addition({ a: 1, b: 2 })
jobs.addition.many([{ a: 1, b: 2 }])
jobs.silent({ a: 1 })
`

let project: Project
let service: ts.LanguageService
let file: string

beforeAll(async () => {
  project = await makeProject({ 'jobs.ts': JOBS, 'calls.ts': CALLS })
  await project.write({ 'client.generated.ts': project.generate(['jobs.ts']).source ?? '' })
  file = join(project.directory, 'calls.ts')
  const { options } = ts.parseJsonConfigFileContent(TSCONFIG, ts.sys, project.directory)
  service = ts.createLanguageService({
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
    realpath: (path) => ts.sys.realpath?.(path) ?? path,
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (path) =>
      existsSync(path) ? ts.ScriptSnapshot.fromString(readFileSync(path, 'utf8')) : undefined,
    getCurrentDirectory: () => project.directory,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  })
})
afterAll(async () => {
  service.dispose()
  await project[Symbol.asyncDispose]()
})

const textOf = (parts: readonly ts.SymbolDisplayPart[] | undefined): string =>
  ts.displayPartsToString([...(parts ?? [])])

/** What an editor shows while the arguments of a call are written: parameters and comment of each signature. */
function hints(call: string): (readonly [string[], string])[] {
  const { items = [] } = service.getSignatureHelpItems(file, CALLS.indexOf(call) + call.length, undefined) ?? {}
  return items.map(({ parameters, documentation }) => [
    parameters.map(({ displayParts }) => textOf(displayParts)),
    textOf(documentation),
  ])
}

/** What an editor shows at a name: its comment. */
function comment(name: string): string {
  return textOf(service.getQuickInfoAtPosition(file, CALLS.indexOf(name) + 'jobs.'.length)?.documentation)
}

describe('an editor', () => {
  it("shows a job's comment where its method is named, and beside the arguments of a call", () => {
    expect(comment('jobs.addition(')).toBe('Adds two numbers.')
    const parameters = ['args: AdditionArgs', 'options?: CallOptions<true> | undefined']
    expect(hints('jobs.addition(')).toEqual([[parameters, 'Adds two numbers.']])
  })

  it('shows what many does', () => {
    const [[parameters, documentation] = []] = hints('jobs.addition.many(')
    expect(parameters?.[0]).toBe('argsList: readonly AdditionArgs[]')
    expect(documentation).toMatch(/^Queues a task for each of the arguments/)
  })

  it('shows no comment of the package for a job that has none', () => {
    expect(comment('jobs.silent(')).toBe('')
    expect(hints('jobs.silent(')).toEqual([[['args: SilentArgs', 'options?: CallOptions<true> | undefined'], '']])
  })
})
