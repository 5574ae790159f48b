import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Project } from './project.js'
import { makeProject, TSCONFIG } from './project.js'

const JOBS = `import { BaseJob, Job } from 'pulsar-queue'
/** Adds two numbers. */
@Job() export class Addition { run(a: number, b: number, label?: string) { return [a + b, label] } }
@Job() export class Silent extends BaseJob { run(a: number) { return a } }
class Address { street!: string; country = 'DE'; print() { return this.street } }
class Letter { to!: Address; subject = 'none'; send() { return this.to } }
@Job({ args: Letter }) export class Post { run(letter: Letter) { return letter.subject } }
`

/** A file that calls the client. `^` stands after the position that is asked about. */
const CALLS = {
  'comment.ts': 'client.jobs.addition(^{ a: 1, b: 2 })',
  'silent.ts': 'client.jobs.silent(^{ a: 1 })',
  'wrong.ts': "client.jobs.addition({ a: '4', b: 6 })",
  'unknown.ts': 'client.jobs.addition({ a: 4, b: 6, c: 8 })',
  'missing.ts': 'client.jobs.addition({ a: 4 })',
  'option.ts': "client.jobs.addition({ a: 4, b: 6 }, { dealy: '5s' })",
  'options.ts': "client.jobs.addition({ a: 4, b: 6 }, { delay: '5s', prioritty: 3 })",
  'letter.ts': "client.jobs.post({ to: { street: 'High Street' } })",
  'letters.ts': "client.jobs.post({ subject: 's', to: { street: 'High Street', country: 'UK' } })",
  'none.ts': "client.jobs.post({ subject: 's' })",
}

const BEFORE = `import { createClient } from './client.generated.js'\nconst client = await createClient()\n`

let project: Project
let service: ts.LanguageService

beforeAll(async () => {
  project = await makeProject({ 'jobs.ts': JOBS })
  const { source, problems } = project.generate(['jobs.ts'])
  expect(problems).toEqual([])
  await writeFile(join(project.directory, 'client.generated.ts'), source ?? '')
  for (const [name, call] of Object.entries(CALLS)) {
    await project.write({ [name]: `${BEFORE}export const called = ${call.replace('^', '')}\n` })
  }
  const { options } = ts.parseJsonConfigFileContent(TSCONFIG, ts.sys, project.directory)
  service = ts.createLanguageService({
    ...ts.sys,
    useCaseSensitiveFileNames: () => true,
    getCompilationSettings: () => options,
    getScriptFileNames: () => Object.keys(CALLS).map((name) => join(project.directory, name)),
    getScriptVersion: () => '1',
    getScriptSnapshot: (path) => {
      const text = ts.sys.readFile(path)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => project.directory,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    directoryExists: (path) => ts.sys.directoryExists(path),
    realpath: (path) => ts.sys.realpath?.(path) ?? path,
  })
})

afterAll(() => project[Symbol.asyncDispose]())

const pathOf = (name: keyof typeof CALLS): string => join(project.directory, name)

/** The position of the mark in the file of a call. */
function positionIn(name: keyof typeof CALLS): number {
  return BEFORE.length + 'export const called = '.length + CALLS[name].indexOf('^')
}

function errorsIn(name: keyof typeof CALLS): string[] {
  return service
    .getSemanticDiagnostics(pathOf(name))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

/** The comment that an editor shows for the name before the mark. */
function commentAt(name: keyof typeof CALLS): string {
  const hover = service.getQuickInfoAtPosition(pathOf(name), positionIn(name) - 2)
  return ts.displayPartsToString(hover?.documentation)
}

describe('a call of a method', () => {
  it("shows the job's doc comment; of a job without one, none", () => {
    expect(commentAt('comment.ts')).toBe('Adds two numbers.')
    expect(commentAt('silent.ts')).toBe('')
  })

  it.each([
    ['wrong.ts', "Type 'string' is not assignable to type 'number'."],
    ['unknown.ts', "Object literal may only specify known properties, and 'c' does not exist in type 'AdditionArgs'."],
    ['missing.ts', "Property 'b' is missing in type '{ a: number; }' but required in type 'AdditionArgs'."],
    ['option.ts', "'dealy' does not exist in type 'CallOptions<true>'."],
    ['options.ts', "'prioritty' does not exist in type 'CallOptions<true>'."],
    ['none.ts', "Property 'to' is missing"],
  ] as const)('that is wrong is told of once, by what is wrong: %s', (name, reason) => {
    const errors = errorsIn(name)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toContain(reason)
    expect(errors[0]).not.toContain('No overload')
  })

  it.each(['comment.ts', 'letter.ts', 'letters.ts'] as const)('that is right compiles: %s', (name) => {
    expect(errorsIn(name)).toEqual([])
  })
})
