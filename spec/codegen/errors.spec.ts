import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CodegenError } from 'pulsar-queue'
import type { Project } from './project.js'
import { makeProject } from './project.js'

const job = (run: string, before = ''): string =>
  `import { Job } from 'pulsar-queue'\n${before}\n@Job()\nexport class Wrong {\n  ${run}\n}\n`

/** A file for each problem, and the messages. `^` stands before the position that is reported. */
const WRONG: Readonly<Record<string, readonly [text: string, ...reasons: string[]]>> = {
  'a class that is not exported': [
    `import { Job } from 'pulsar-queue'\n@Job() class ^Hidden { run() {} }`,
    'Hidden is not exported, and the client imports its types; export it',
  ],
  'a defineJob value that is not exported': [
    `import { defineJob } from 'pulsar-queue'\nconst hidden = ^defineJob({ name: 'hidden' }, function () {})`,
    'what defineJob gives is not exported, and the client imports its types; write `export const name = defineJob(...)`',
  ],
  overloads: [
    job('run(a: string): void\n  run(a: number): void\n  run(_a: unknown) {}').replace(
      'run(a: string)',
      '^run(a: string)',
    ),
    'run has overloads, and a client method has one form; use optional parameters, or several jobs',
  ],
  'a rest parameter': [
    job('run(^...numbers: number[]) { return numbers }'),
    'run has a rest parameter, and arguments go by name; take an array',
  ],
  'a destructured parameter among others': [
    job('run(a: string, ^{ b }: { b: string }) { return a + b }'),
    'a parameter of run has no name; destructure only where it is the only one',
  ],
  'a run that is no method': [
    job('^run = (a: number) => a'),
    'run is not a method, and only a method is seen on the class; write `run(...) { ... }`',
  ],
  'a generic class': [
    `import { Job } from 'pulsar-queue'\n@Job() export class ^Generic<T> { run(a: T) { return a } }`,
    'a job class takes no type parameters; extend the generic class with the types filled in',
  ],
  'a function as argument': [
    job('run(^callback: () => void) { callback() }'),
    'argument callback is a function, which cannot go over the wire; pass data, and what to do with it by the name of a job',
  ],
  'a function deep inside an argument': [
    job('run(options: Options) { options.hooks[0]?.done() }', 'interface Options { hooks: { ^done: () => void }[] }'),
    'argument options.hooks[].done is a function, which cannot go over the wire; pass data, and what to do with it by the name of a job',
  ],
  'a symbol': [
    job('run(^key: symbol) { return String(key) }'),
    'argument key is a symbol, which cannot go over the wire; use a string',
  ],
  'a promise': [
    job('run(^later: Promise<string>) { return later }'),
    'argument later is a promise, which cannot go over the wire; await it, and pass what it gives',
  ],
  'an instance of a class': [
    job('run(^point: Point) { return point.x }', 'class Point { x = 1 }'),
    'argument point is an instance of the class Point, which cannot go over the wire; pass its data as a plain object, typed by an interface; or mark a DTO by @Args()',
  ],
  'an object with methods': [
    job('run(^pattern: RegExp) { return pattern.source }'),
    'argument pattern is of type RegExp with a method exec, which cannot go over the wire; pass its data as a plain object, typed by an interface without methods',
  ],
  'an Error': [
    job('run(^error: Error) { return error.message }'),
    'argument error is an Error, which cannot go over the wire; pass its name and message in an object of your own',
  ],
  'a type that extends Error': [
    job('run(^error: Refused) { return error.message }', 'interface Refused extends Error { code: number }'),
    'argument error is an Error, which cannot go over the wire; pass its name and message in an object of your own',
  ],
  'a type without an end': [
    job('run(a: string, nest: Nest<string>) { return [a, nest] }', 'type Nest<T> = { ^a?: Nest<[T]>; b?: Nest<T[]> }'),
    'the type of argument nest unfolds without end; give it an end, or use an interface that refers to itself, or unknown',
  ],
  'a decorator that calls Job somewhere inside': [
    `import { Job } from 'pulsar-queue'\nconst Hiding = () => (target: new () => { run(): void }) => { Job()(target) }\n@^Hiding()\nexport class Hidden { run() {} }`,
    'this decorator calls Job in a way that cannot be followed; let it return what Job({ ... }) gives',
  ],
  'a Buffer': [
    job('run(^bytes: Buffer) { return bytes.length }'),
    'argument bytes is a Buffer, which arrives as a Uint8Array, which cannot go over the wire; write Uint8Array',
  ],
  'a result that is a function': [
    job('^run() { return { again: () => 1 } }').replace('^', '').replace('again', '^again'),
    'the result.again is a function, which cannot go over the wire; pass data, and what to do with it by the name of a job',
  ],
  'a type that is not found': [
    job('run(^a: Nowhere) { return a }'),
    'the type of argument a cannot be resolved; run tsc to see why',
    'the type of the result cannot be resolved; run tsc to see why',
  ],
  'a name that is not known': [
    `import { Job } from 'pulsar-queue'\n@Job({ name: ^process.title })\nexport class Named { run() {} }`,
    'expected option name to be a string, got what is only known at run time; write it as a literal',
  ],
  'a priority out of range': [
    `import { Job } from 'pulsar-queue'\n@Job({ priority: ^10 })\nexport class TooHigh { run() {} }`,
    'expected option priority to be a whole number from 0 to 9, got 10; write it as a literal',
  ],
  'options that are not known': [
    `import { Job } from 'pulsar-queue'\nconst options = () => ({ priority: 1 })\n@Job(^options())\nexport class Opaque { run() {} }`,
    'expected the options to be an object literal, or a constant that is one; write them out here',
  ],
  'a reserved name': [
    `import { Job } from 'pulsar-queue'\n@Job()\nexport class ^Then { run() {} }`,
    `the client cannot have a method "then"; name the job otherwise: @Job({ name: '...' })`,
  ],
  'a name that makes no method': [
    `import { Job } from 'pulsar-queue'\n@Job({ name: ^'3d render' })\nexport class Render { run() {} }`,
    '"3d render" makes no method name; use letters and digits, joined by dots',
  ],
  'two names for one method': [
    `import { Job } from 'pulsar-queue'\n@Job({ name: 'send-mail' }) export class A { run() {} }\n@Job({ name: ^'send.mail' }) export class B { run() {} }`,
    `the jobs "send-mail" and "send.mail" would both be the method sendMail; rename one of them: @Job({ name: '...' })`,
  ],
  'a DTO with other parameters': [
    `import { Args, Job } from 'pulsar-queue'\nclass Mail { to!: string }\n@Job() export class Two { run(^@Args() mail: Mail, copies: number) { return [mail, copies].length } }`,
    'expected run to take one parameter, the DTO, got 2',
  ],
  'a file that does not parse': [
    `import { Job } from 'pulsar-queue'\n@Job() export class Broken { run( ^}`,
    'Parameter declaration expected.',
  ],
}

const paths = Object.keys(WRONG).map((_, i) => `jobs/wrong-${String(i)}.ts`)

/** @returns the file without its mark, and the position of the mark */
function marked(text: string): { readonly text: string; readonly line: number; readonly column: number } {
  const before = text.slice(0, text.indexOf('^')).split('\n')
  return { text: text.replace('^', ''), line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

let project: Project
let problems: readonly CodegenError[]

beforeAll(async () => {
  const files = Object.values(WRONG).map(([text], i) => [paths[i], marked(text).text] as const)
  project = await makeProject(Object.fromEntries(files) as Record<string, string>)
  const generated = project.generate(paths)
  expect(generated.source).toBeNull()
  problems = generated.problems
})

afterAll(() => project[Symbol.asyncDispose]())

describe('pq generate refuses', () => {
  it.each(
    Object.entries(WRONG).map(([what, [text, ...reasons]], i) => ({ what, text, reasons, path: paths[i] ?? '' })),
  )('$what, with its position and the fix', ({ text, reasons, path }) => {
    const { line, column } = marked(text)
    const found = problems.filter(({ file }) => file === path)
    expect(found.map(({ message }) => message.replace(/^\S+ /, ''))).toEqual(expect.arrayContaining(reasons))
    expect(found.some((each) => each.line === line && each.column === column)).toBe(true)
    expect(found[0]).toMatchObject({ code: 'PQ_CODEGEN' })
  })

  it('all problems at once, by file and position', () => {
    expect(new Set(problems.map(({ file }) => file)).size).toBe(paths.length)
    const places = problems.map(({ file, line }) => `${file}:${String(line).padStart(4)}`)
    expect(places).toEqual([...places].sort())
  })

  it('two jobs of one name', async () => {
    const text = `import { Job } from 'pulsar-queue'\n@Job() export class Same { run() {} }\n`
    await project.write({ 'jobs/one.ts': text, 'jobs/two.ts': text })
    const found = project.generate(['jobs/one.ts', 'jobs/two.ts']).problems
    expect(found.map(({ message }) => message)).toEqual([
      'jobs/two.ts:2:21: two jobs are named "same", the other in jobs/one.ts; give one of them another name',
    ])
  })

  it("a project in which 'pulsar-queue' is not found", async () => {
    await project.write({
      'jobs/one.ts': `import { Job } from 'pulsar-queue'\n@Job() export class Same { run() {} }\n`,
    })
    await rm(join(project.directory, 'node_modules/pulsar-queue'))
    const found = project.generate(['jobs/one.ts']).problems
    expect(found.map(({ message }) => message)).toEqual([
      "jobs/one.ts:1:21: the compiler does not find 'pulsar-queue'; install it, and check moduleResolution in tsconfig",
    ])
  })
})
