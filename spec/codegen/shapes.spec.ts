import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Generated } from '../../lib/codegen/generate-client.js'
import type { Check } from '../../lib/model/manifest.js'
import type { Project } from './project.js'
import { jobIn, makeProject, manifestIn } from './project.js'

const literal = (...literals: (string | number | boolean)[]): Check => ({
  union: literals.map((each) => ({ literal: each })),
})

/** A parameter's type, what else its file declares, and the check that comes of it. */
const TYPES: readonly (readonly [type: string, check: Check, declarations?: string])[] = [
  ['string', 'string'],
  ['number | null', { union: ['number', 'null'] }],
  ['boolean', 'boolean'],
  ['true', { literal: true }],
  ['bigint', 'bigint'],
  ['Date', 'date'],
  ['Uint8Array', 'bytes'],
  ['unknown', 'any'],
  ['any', 'any'],
  ['object', 'any'],
  ['{}', 'any'],
  ['null', 'null'],
  ['string | undefined', { union: ['string', 'undefined'] }],
  ["'b' | 'a' | 3", literal('a', 'b', 3)],
  ["'x' | boolean", { union: ['boolean', { literal: 'x' }] }],
  ['`id-${string}`', 'string'],
  ['Email', 'string', "type Email = string & { readonly brand: 'Email' }"],
  ['Direction', literal(0, 1), 'enum Direction { Up, Down }'],
  ['string[]', { array: 'string' }],
  ['readonly (string | number)[]', { array: { union: ['string', 'number'] } }],
  ['[string, number]', { tuple: ['string', 'number'] }],
  ['readonly [string, ...number[]]', { tuple: ['string'], rest: 'number' }],
  ['[string, number?]', { union: [{ tuple: ['string'] }, { tuple: ['string', 'number'] }] }],
  ['Map<string, Date>', { map: ['string', 'date'] }],
  ['ReadonlySet<bigint>', { set: 'bigint' }],
  ['Record<string, number>', { record: 'number' }],
  ["Record<'a' | 'b', number>", { object: { a: 'number', b: 'number' } }],
  ['{ a: string; b?: number }', { object: { a: 'string', 'b?': 'number' } }],
  ['{ [name: string]: unknown; a: string }', { object: { a: 'string' }, rest: 'any' }],
  ['Partial<Point>', { object: { 'x?': 'number', 'y?': 'number' } }, 'interface Point { x: number; y: number }'],
  [
    "Omit<Point, 'y'> & { z: number }",
    { object: { x: 'number', z: 'number' } },
    'interface Point { x: number; y: number }',
  ],
  [
    'Page<string>',
    { object: { items: { array: 'string' }, 'next?': 'number' } },
    'interface Page<T> { items: T[]; next?: number }',
  ],
  [
    'A | B',
    { union: [{ object: { a: 'string' } }, { object: { b: 'string' } }] },
    'type A = { a: string }; type B = { b: string }',
  ],
  ['(typeof LEVELS)[number]', literal('debug', 'info'), "const LEVELS = ['info', 'debug'] as const"],
  [
    'User',
    { object: { id: 'string' } },
    'declare const BRAND: unique symbol; type User = { id: string } & { readonly [BRAND]: { User: true } }',
  ],
  [
    'Order',
    { object: { id: 'string', '__brand?': { literal: 'Order' } } },
    "type Order = { id: string } & { readonly __brand: 'Order' }",
  ],
]

/** Files with jobs by name of the job. */
const JOBS: Readonly<Record<string, string>> = {
  optional: `import { Job } from 'pulsar-queue'
    @Job() export class Optional { run(a: string, b?: number, c = 'x', d: Date | undefined = undefined) { return [a, b, c, d] } }`,
  'no.parameters': `import { Job } from 'pulsar-queue'
    @Job() export class NoParameters { run(): void {} }`,
  'http.fetch': `import { Job } from 'pulsar-queue'
    @Job() export class HTTPFetch { async *run(url: string): AsyncGenerator<number, { status: number }> { yield 1; return { status: url.length } } }`,
  'renamed.import': `import { Job as Task } from 'pulsar-queue'
    @Task() export class RenamedImport { run(): void {} }`,
  'by.constant': `import { Job } from 'pulsar-queue'
    const Task = Job
    @Task() export class ByConstant { run(): void {} }`,
  'own.dto': `import { Job } from 'pulsar-queue'
    import { IsString, ValidateNested } from 'class-validator'
    class Address { @IsString() street!: string }
    class Person { @IsString() name!: string; @ValidateNested() address!: Address; #secret = 1; private hidden = 2
      get label() { return this.name + this.#secret + this.hidden } greet() { return this.name } }
    @Job({ args: Person }) export class OwnDto { run(person: Person) { return person.greet() } }`,
  'all.optional': `import { Job } from 'pulsar-queue'
    @Job() export class AllOptional { run({ a, b = 2 }: { a?: string; b?: number; unused?: string } = {}) { return [a, b] } }`,
  // As Prisma declares it.
  prisma: `import { Job } from 'pulsar-queue'
    type JsonValue = string | number | boolean | JsonObject | JsonArray | null
    type JsonObject = { [Key in string]?: JsonValue }
    interface JsonArray extends Array<JsonValue> {}
    @Job() export class Prisma { run(value: JsonArray) { return value } }`,
  'with.initialisers': `import { Job } from 'pulsar-queue'
    class PostalAddress { street!: string; country = 'DE'; get line() { return this.street } print() { return this.line } }
    class Letter { to!: PostalAddress; copies: PostalAddress[] = []; subject = 'none'; note?: string; send() { return this.to } }
    @Job({ args: Letter }) export class WithInitialisers { run(letter: Letter) { return letter.subject } }`,
  'retried.twice': `import { Job } from 'pulsar-queue'
    import { Retrying } from '../decorators/own.js'
    @Retrying({ priority: 7 }) export class RetriedTwice { run(): void {} }`,
  'by.kind.fax': `import { joined, named } from '../decorators/own.js'
    export const fax = named('fax', (n: number) => n)
    @joined({ queue: 'slow' }) export class Joined { run(): void {} }`,
  undocumented: `import { BaseJob, Job } from 'pulsar-queue'
    abstract class Documented extends BaseJob {
      /** Says it all. */
      abstract override run(): void }
    @Job() export class Undocumented extends BaseJob { run(): void {} }
    @Job() export class Inheriting extends Documented { run(): void {} }`,
  'of.options': `import { Job, THREAD_IO } from 'pulsar-queue'
    const enum Queue { Slow = 'slow' }
    const common = { timeout: '1m', expires: 60 * 60 }
    const priority = 9
    @Job({ ...common, name: 'of.' + 'options', concurrency: THREAD_IO, priority, defaultQueue: Queue.Slow, maxRetries: Number('3') })
    export class Whatever { run(): void {} }`,
  'every.hour': `import { defineJob } from 'pulsar-queue'
    export default defineJob({ name: 'every.hour', cron: '0 * * * *' }, function (n: number) { return n })`,
  'asks.itself': `import { Job, PeriodicJob } from 'pulsar-queue'
    abstract class Nightly extends PeriodicJob { override isDue(lastRunAt: number) { return [lastRunAt < 1, '1h'] as const } }
    @Job() export class AsksItself extends Nightly { run(): string { return this.name } }`,
  'of.list': `import { defineJob } from 'pulsar-queue'
    const job = defineJob({ name: 'of.list' }, async function (json: Json, tree: Tree) { return { json, tree } })
    export { job as ofList }
    export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }
    interface Tree { value: Json; left?: Tree; right?: Tree }`,
}

const OWN_DECORATORS = `import { defineJob, Job, type JobOptions } from 'pulsar-queue'
  const common: JobOptions = { defaultQueue: 'retries', priority: 1 }
  export const Retrying = (options?: JobOptions) => Job({ maxRetries: 2, ...common, ...options })
  export function joined({ queue, ...others }: { queue: string; timeout?: number }) {
    const other = () => undefined
    return all(Job({ defaultQueue: queue, ...others }), other)
  }
  declare function all(...decorators: unknown[]): ClassDecorator
  export const named = <F extends (...args: never[]) => unknown>(kind: string, run: F) =>
    defineJob({ name: \`by.kind.\${kind}\` }, run)
`

let project: Project
let generated: Generated

beforeAll(async () => {
  const types = TYPES.map(([type, , declarations = ''], i) => [
    `jobs/type-${String(i)}.ts`,
    `import { Job } from 'pulsar-queue'\n${declarations}\n@Job({ name: 'type.${String(i)}' }) export class Type { run(value: ${type}) { void value } }`,
  ])
  const jobs = Object.entries(JOBS).map(([name, text]) => [`jobs/${name}.ts`, text])
  const files = Object.fromEntries([...types, ...jobs]) as Record<string, string>
  project = await makeProject({ ...files, 'decorators/own.ts': OWN_DECORATORS })
  generated = project.generate(Object.keys(files))
})

afterAll(() => project[Symbol.asyncDispose]())

describe('the check of a parameter', () => {
  it.each(TYPES.map(([type, check], i) => ({ type, check, i })))('of type $type', ({ check, i }) => {
    expect(jobIn(generated, `type.${String(i)}`).parameters).toEqual([{ name: 'value', check }])
  })
})

describe('a job', () => {
  it('has optional arguments where parameters are optional or have a default', () => {
    expect(jobIn(generated, 'optional').parameters).toEqual([
      { name: 'a', check: 'string' },
      { name: 'b', optional: true, check: 'number' },
      { name: 'c', optional: true, check: 'string' },
      { name: 'd', optional: true, check: 'date' },
    ])
  })

  it('without parameters takes no arguments', () => {
    expect(jobIn(generated, 'no.parameters').parameters).toEqual([])
    expect(generated.source).toContain('readonly args: Record<string, never>')
  })

  it('that is a generator has the type of its return value as its result', () => {
    expect(jobIn(generated, 'http.fetch').method).toBe('httpFetch')
    expect(generated.source).toContain("readonly result: ResultOfRun<ReturnType<HTTPFetch['run']>>")
  })

  it.each(['renamed.import', 'by.constant'])('is found under a decorator that was renamed: %s', (name) => {
    expect(jobIn(generated, name).type).toBe('regular')
  })

  it('takes the data members of its DTO, nested classes as plain objects', () => {
    const job = jobIn(generated, 'own.dto')
    expect(job.spread).toBe(true)
    expect(job.parameters).toEqual([
      { name: 'name', check: 'string' },
      { name: 'address', check: { object: { street: 'string' } } },
    ])
  })

  it('takes the members that its destructured parameter names; all may be optional', () => {
    expect(jobIn(generated, 'all.optional')).toMatchObject({
      spread: true,
      parameters: [
        { name: 'a', optional: true, check: 'string' },
        { name: 'b', optional: true, check: 'number' },
      ],
    })
    expect(generated.source).toContain("  NonNullable<Parameters<AllOptional['run']>[0]>,\n")
  })

  it('has the options that the source states, through constants, spreads and enums', () => {
    const { concurrency, options } = jobIn(generated, 'of.options')
    expect(concurrency).toBe('thread')
    expect(options).toEqual({ defaultQueue: 'slow', priority: 9, timeout: '1m', expires: 3600 })
  })

  it('is periodic where it has a cron expression, also as a default export', () => {
    expect(jobIn(generated, 'every.hour').type).toBe('periodic')
    expect(generated.source).toContain("import type { default as EveryHourJob } from './jobs/every.hour.js'")
  })

  it('is periodic where its class extends PeriodicJob, and takes no arguments', () => {
    expect(jobIn(generated, 'asks.itself')).toMatchObject({ type: 'periodic', parameters: [] })
    expect(generated.source).toMatch(/asksItself\b/)
  })

  it.each([
    ['retried.twice', { defaultQueue: 'retries', priority: 7 }],
    ['joined', { defaultQueue: 'slow' }],
    ['by.kind.fax', undefined],
  ])('is found where a function of the project gives its decorator or makes it: %s', (name, options) => {
    expect(jobIn(generated, name).options).toEqual(options)
  })

  it('may leave out the members of its DTO that have an initialiser; methods inside it are not passed', () => {
    const address: Check = { object: { street: 'string', 'country?': 'string' } }
    const { types } = manifestIn(generated)
    expect(types).toMatchObject({ PostalAddress: address })
    expect(jobIn(generated, 'with.initialisers').parameters).toEqual([
      { name: 'to', check: { ref: 'PostalAddress' } },
      { name: 'copies', optional: true, check: { array: { ref: 'PostalAddress' } } },
      { name: 'subject', optional: true, check: 'string' },
      { name: 'note', optional: true, check: 'string' },
    ])
    expect(generated.source).toMatch(/DtoInput<.*, 'to\.country' \| 'copies' \| 'copies\.country' \| 'subject'>/)
  })

  it('without a comment has none, though this package has one on `run`; it may have that of its own base class', () => {
    expect(jobIn(generated, 'undocumented').doc).toBeUndefined()
    expect(jobIn(generated, 'inheriting').doc).toBe('Says it all.')
  })

  it('may have interfaces that extend a list, as those of Prisma', () => {
    expect(jobIn(generated, 'prisma').parameters).toEqual([{ name: 'value', check: { ref: 'JsonArray' } }])
    expect(manifestIn(generated).types).toMatchObject({ JsonArray: { array: { ref: 'JsonValue' } } })
  })

  it('may have recursive types, which are named in the manifest', () => {
    expect(jobIn(generated, 'of.list').parameters).toEqual([
      { name: 'json', check: { ref: 'Json' } },
      { name: 'tree', check: { ref: 'Tree' } },
    ])
    const json: Check = { ref: 'Json' }
    expect(manifestIn(generated).types).toMatchObject({
      Json: { union: ['string', 'number', 'boolean', { array: json }, { record: json }, 'null'] },
      Tree: { object: { value: json, 'left?': { ref: 'Tree' }, 'right?': { ref: 'Tree' } } },
    })
    expect(project.generate(['jobs/of.list.ts'], true).source).toContain('  | { [name: string]: Json }\n')
  })
})
