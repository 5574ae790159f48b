import { fileURLToPath } from 'node:url'
import type { Manifest } from 'pulsar-queue'
import { Args, BaseJob, defineJob, Job, JobDefinitionError } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { defaultJobName } from '../../lib/jobs/define/default-job-name.js'
import { readParameters } from '../../lib/jobs/arguments/parameters.js'
import { RegistryCatalogue } from '../../lib/jobs/loading/registry-catalogue.js'
import { loadJobs } from '../../lib/jobs/loading/load-jobs.js'
import { execute } from './execute.js'

const at = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))
const HERE = fileURLToPath(new URL('.', import.meta.url))

describe('names of jobs', () => {
  it.each([
    ['Addition', 'addition'],
    ['ExtractDocx', 'extract.docx'],
    ['HTTPFetch', 'http.fetch'],
    ['FetchHTTP', 'fetch.http'],
    ['MD5Sum', 'md5.sum'],
    ['A', 'a'],
    ['_Private', 'private'],
  ])('are made of the class name: %s is %s', (className, name) => {
    expect(defaultJobName(className)).toBe(name)
  })
})

describe('parameters', () => {
  const none = class {
    run() {}
  }
  const several = class {
    async run(a: string, b = { c: '),(' }, d = [1, 2]) {
      await Promise.resolve([a, b, d])
    }
  }
  const destructured = class {
    run({ a, b = 1 }: { a: number; b?: number }) {
      return a + b
    }
  }
  const generator = class {
    *run(a: number) {
      yield this.#secret + a
    }
    #secret = 1
  }
  it('are read from the source of run', () => {
    const read = (job: { prototype: { run: (...args: never[]) => unknown } }) =>
      readParameters('job', job.prototype.run)
    expect(read(none)).toEqual({ spread: false, parameters: [] })
    expect(read(several).parameters).toEqual([
      { name: 'a', optional: false },
      { name: 'b', optional: true },
      { name: 'd', optional: true },
    ])
    expect(read(destructured)).toEqual({
      spread: true,
      parameters: [
        { name: 'a', optional: false },
        { name: 'b', optional: true },
      ],
    })
    expect(read(generator).parameters).toEqual([{ name: 'a', optional: false }])
  })

  it('must have names', () => {
    expect(() => readParameters('job', (...rest: unknown[]) => rest)).toThrow(JobDefinitionError)
    expect(() => readParameters('job', ([a]: [number], b: number) => a + b)).toThrow(/parameter 1 of run has no name/)
  })
})

describe('@Job', () => {
  it('refuses options that are unknown or malformed, naming them', () => {
    const define = (options: object) => () => {
      Job(options)(
        class Broken {
          run() {}
        },
      )
    }
    expect(define({ maxRetry: 3 })).toThrow(/Broken: unknown option maxRetry; did you mean maxRetries/)
    expect(define({ priority: 10 })).toThrow(/expected option priority to be a whole number from 0 to 9, got 10/)
    expect(define({ timeout: '2 days' })).toThrow(/timeout/)
    expect(define({ backoff: { type: 'exponential', jitter: 2 } })).toThrow(/jitter from 0 to 1/)
    expect(() => Job()(class {} as never)).toThrow(/method run/)
    expect(() => defineJob({ name: '' }, () => 1)).toThrow(/name/)
    expect(() => defineJob({} as never, () => 1)).toThrow(/expected option name to be a string, got undefined/)
  })

  it('refuses to be used without parentheses, and a class without a name', () => {
    class Bare {
      run() {}
    }
    expect(() => Job(Bare as never)).toThrow('job Bare: expected @Job(), got @Job; add the parentheses')
    expect(() => {
      Job()(
        class {
          run() {}
        },
      )
    }).toThrow(/give it @Job\({ name }\)/)
  })

  it('takes one parameter, of a class, under @Args()', () => {
    class Two {
      run(@Args() all: object, more: number) {
        return [all, more]
      }
    }
    expect(() => {
      Job()(Two)
    }).toThrow(/Two: expected run to have one parameter, .*, got 2/)
  })

  it('refuses the use of a BaseJob member in a constructor', () => {
    class Early extends BaseJob {
      readonly mine = this.task
      run() {}
    }
    expect(() => new Early()).toThrow(/Early: expected this.task to be used in run\(\)/)
  })

  it('works under standard decorators, with inject and args in place of metadata', async () => {
    const options = { taskPaths: [at('standard/jobs.ts')] }
    expect(await execute(options, 'http.quote', { text: 'hello' })).toBe('> hello')
    expect(await execute(options, 'distance', { x: 3, y: 4 })).toBe(5)
    expect(await execute(options, 'triple', { x: 2 })).toBe('triple 6')
    expect(await execute(options, 'count', { upTo: 4 })).toBe(10)
  })
})

describe('loading jobs', () => {
  it('tells the path and the cause of a file that throws', async () => {
    const error = await loadJobs(['fixtures/throws.ts'], HERE).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'PQ_JOB_LOAD', path: at('throws.ts') })
    expect((error as Error).message).toContain('this file is broken')
  })

  it('refuses a path that matches no file', async () => {
    await expect(loadJobs(['nowhere/*.ts'], HERE)).rejects.toMatchObject({
      code: 'PQ_INVALID_SETTING',
      setting: 'taskPaths',
    })
  })

  it('refuses two jobs of one name, naming both files', async () => {
    const jobs = await loadJobs(['fixtures/twice-*.ts'], HERE)
    expect(() => new RegistryCatalogue(jobs, null)).toThrow(
      expect.objectContaining({ code: 'PQ_DUPLICATE_JOB', files: [at('twice-a.ts'), at('twice-b.ts')] }),
    )
  })
})

describe('a job that takes one object', () => {
  it('is called with that object by position, and with its members by name', () => {
    const job = defineJob(
      { name: 'area' },
      ({ width, height = 1 }: { width: number; height?: number }) => width * height,
    )
    const catalogue = new RegistryCatalogue([], null)
    const area = catalogue.describe(catalogue.nameOf(job))
    expect(area.nameArguments([{ width: 2 }])).toEqual({ width: 2 })
    expect(area.bind({ width: 2, height: 3 })).toEqual([{ width: 2, height: 3 }])
    expect(() => area.nameArguments([2, 3])).toThrow(/a list of at most 1, got a list of 2/)
    expect(() => area.checkArguments({ widht: 2 })).toThrow(/did you mean width/)
    expect(() => area.checkArguments({ height: 2 })).toThrow(/expected argument width to be given, got nothing/)
  })
})

describe('a manifest', () => {
  const manifest = (parameters: Manifest['jobs'][string]['parameters'], name = 'multiply'): Manifest => ({
    version: 1,
    jobs: { [name]: { method: 'multiply', type: 'regular', concurrency: 'asyncio', parameters } },
  })
  const of = async (given: Manifest) => new RegistryCatalogue(await loadJobs(['fixtures/minified.mjs'], HERE), given)

  it('names the arguments of minified code, and checks their types', async () => {
    const catalogue = await of(
      manifest([
        { name: 'value', check: 'number' },
        { name: 'factor', check: 'number', optional: true },
      ]),
    )
    const job = catalogue.describe('multiply')
    expect(job.bind({ value: 4 })).toEqual([4, undefined])
    expect(() => job.bind({ value: '4' })).toThrow('multiply: expected argument value to be a number, got "4"')
    expect(() => job.bind({ t: 4 })).toThrow(/expected argument t to be absent/)
  })

  it('must agree with the code in names and arity', async () => {
    await expect(of(manifest([{ name: 'value', check: 'number' }]))).rejects.toThrow(
      /2 parameters in the code, 1 in the manifest; run `pq generate`/,
    )
    await expect(of(manifest([], 'other'))).rejects.toMatchObject({ code: 'PQ_MANIFEST_MISMATCH' })
    await expect(of(manifest([], 'constructor'))).rejects.toMatchObject({ code: 'PQ_MANIFEST_MISMATCH' })
  })

  it('need not list the jobs of packages, since `pq generate` does not read them', async () => {
    const jobs = await loadJobs(['fixtures/minified.mjs', 'pulsar-queue/jobs'], HERE)
    const parameters = ['value', 'factor'].map((name) => ({ name, check: 'number' as const }))
    const catalogue = new RegistryCatalogue(jobs, manifest(parameters))
    expect(catalogue.describe('execute.node').parameters).toMatchObject([{ name: 'code', check: 'string' }])
    expect(() => new RegistryCatalogue(jobs, { version: 1, jobs: {} })).toThrow(
      /multiply.*it is in the code and not in the manifest/,
    )
  })

  it('checks every kind of type, and tells the path to the wrong value', async () => {
    const check = {
      object: {
        to: { array: { object: { address: 'string', 'name?': 'string' } } },
        'when?': { union: ['date', 'null'] },
        'tags?': { record: { union: [{ literal: 'a' }, { literal: 'b' }] } },
        'pair?': { tuple: ['number', 'string'] },
        'tree?': { ref: 'Tree' },
      },
    } as const
    const types = { Tree: { object: { value: 'number', 'left?': { ref: 'Tree' } } } } as const
    const catalogue = await of({
      ...manifest([
        { name: 'mail', check },
        { name: 'b', check: 'any', optional: true },
      ]),
      types,
    })
    const job = catalogue.describe('multiply')
    const wrong = (mail: unknown): string => {
      try {
        void job.bind({ mail })
        return ''
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(
      wrong({
        to: [{ address: 'a' }],
        when: null,
        tags: { x: 'a' },
        pair: [1, 'b'],
        tree: { value: 1, left: { value: 2 } },
      }),
    ).toBe('')
    expect(wrong({ to: [{ address: 1 }] })).toContain('mail.to[0].address to be a string, got 1')
    expect(wrong({ to: [], when: 5 })).toContain('mail.when to be a Date or null, got 5')
    expect(wrong({ to: [], tags: { x: 'c' } })).toContain('mail.tags.x to be "a" or "b", got "c"')
    expect(wrong({ to: [], pair: [1] })).toContain('mail.pair to be a list of 2, got an array of 1')
    expect(wrong({ to: [], tree: { value: 1, left: { value: 'x' } } })).toContain('mail.tree.left.value')
    expect(wrong({ to: [], cc: [] })).toContain('mail.cc to be absent')
    expect(wrong({})).toContain('mail.to to be an array of')
    const left: { value: number; left?: unknown } = { value: 1 }
    left.left = left
    expect(wrong({ to: [], tree: left })).toContain('mail to be a value without cycles')
    expect(wrong(JSON.parse('{"to":[],"__proto__":1}'))).toContain('mail.__proto__ to be absent')
  })
  it('names the branch of a union that was meant, or else the types of all branches', async () => {
    const shape = {
      union: [
        { object: { type: { literal: 'circle' }, radius: 'number' } },
        { object: { type: { literal: 'square' }, side: 'number' } },
      ],
    } as const
    const catalogue = await of(
      manifest([
        { name: 'shape', check: shape },
        { name: 'b', check: { union: ['string', 'undefined'] } },
      ]),
    )
    const job = catalogue.describe('multiply')
    expect(() => job.bind({ shape: { type: 'circle', radius: 'wide' } })).toThrow(/shape.radius to be a number/)
    expect(() => job.bind({ shape: { type: 'cube' } })).toThrow(/shape.type to be "circle" or "square", got "cube"/)
    expect(() => job.bind({ shape: 5 })).toThrow(/shape to be an object with type, radius or an object with type, side/)
    const square = { type: 'square', side: 1 }
    expect(job.bind({ shape: square })).toEqual([square, undefined])
  })
})
