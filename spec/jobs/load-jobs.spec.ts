import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJobs } from '../../lib/jobs/loading/load-jobs.js'
import { execute } from './execute.js'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

// A CommonJS package, in a directory whose name contains characters that are special in globs and in stack traces.
let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'my (new) [jobs] '))
  await cp(join(HERE, 'fixtures/commonjs'), join(directory, 'jobs'), { recursive: true })
  await writeFile(join(directory, 'package.json'), '{ "type": "commonjs" }')
  await writeFile(join(directory, 'jobs/notes.md'), 'no job')
  await writeFile(join(directory, 'jobs/plain.spec.cjs'), 'throw new Error("specs are not loaded")')
  await mkdir(join(directory, 'node_modules'))
  await symlink(ROOT, join(directory, 'node_modules/pulsar-queue'))
  await symlink(join(ROOT, 'node_modules/typescript'), join(directory, 'node_modules/typescript'))
})
afterAll(async () => {
  await rm(directory, { recursive: true })
})

const names = async (...paths: string[]): Promise<string[]> =>
  (await loadJobs(paths, directory)).map(({ name }) => name)

describe('paths of jobs', () => {
  it('are globs, directories, files and URLs', async () => {
    expect(await names('jobs/*.{ts,cjs}')).toEqual(['plain', 'unnamed', 'subtract'])
    expect(await names('jobs')).toEqual(['plain', 'unnamed', 'subtract'])
    expect(await names('./jobs/plain.cjs')).toEqual(['plain', 'unnamed'])
    expect(await names(join(directory, '*/*.ts'))).toEqual(['subtract'])
    expect(await names(pathToFileURL(join(directory, 'jobs/plain.cjs')).href)).toEqual(['plain', 'unnamed'])
  })

  it('count a file once where they overlap', async () => {
    expect(await names('jobs/*.cjs', './jobs')).toEqual(['plain', 'unnamed', 'subtract'])
  })

  it('may lead to files without a job', async () => {
    expect(await loadJobs(['fixtures/nothing.ts'], HERE)).toEqual([])
  })

  it('are refused when they name a package that is not installed', async () => {
    await expect(names('no-such-package/jobs')).rejects.toMatchObject({ code: 'PQ_JOB_LOAD' })
  })
})

describe('TypeScript that is loaded directly', () => {
  it('tells which parameters are optional', async () => {
    const options = { taskPaths: [join(HERE, 'fixtures/optional.ts')] }
    expect(await execute(options, 'cut', { text: 'abcdef' })).toBe('abc')
    expect(await execute(options, 'cut', { text: 'abcdef', limit: 5 })).toBe('abcde')
    expect(await execute(options, 'repeat', { text: 'ab' })).toBe('abab')
    await expect(execute(options, 'repeat', { times: 5 })).rejects.toThrow('text')
  })
})

describe('the cache of compiled TypeScript', () => {
  it('is not used after a change of the tsconfig, or of one that it extends', async () => {
    const program = join(directory, 'run.mjs')
    const decorators = async (on: boolean): Promise<void> => {
      const compilerOptions = { experimentalDecorators: on, emitDecoratorMetadata: on }
      await writeFile(join(directory, 'base.json'), JSON.stringify({ compilerOptions }))
    }
    const run = async (): Promise<string> => (await promisify(execFile)(process.execPath, [program])).stdout
    await writeFile(join(directory, 'jobs/tsconfig.json'), '{ "extends": ["../base"] }')
    await writeFile(
      program,
      `import { PulsarQueue } from 'pulsar-queue'
      const app = new PulsarQueue({ dataStore: 'embedded::memory:', taskPaths: ['${pathToFileURL(directory).href}/jobs'] })
      const { result, exception } = await (await app.api().start()).tasks.execute('subtract', { a: 5 })
      await app.close()
      console.log(result ?? exception)`,
    )
    await decorators(true)
    expect([await run(), await run()]).toEqual(['subtract 104\n', 'subtract 104\n'])
    await decorators(false)
    expect(await run()).toContain('nothing tells their types')
    await decorators(true)
  })
})

describe('a CommonJS package', () => {
  it('has TypeScript jobs with metadata, and jobs in plain JavaScript, exported or not', async () => {
    const options = { taskPaths: [join(directory, 'jobs')] }
    expect(await execute(options, 'subtract', { a: 5 })).toBe('subtract 104')
    expect(await execute(options, 'plain', { a: 5 })).toBe(10)
    expect(await execute(options, 'unnamed', {})).toBe('not exported')
  })

  it('has the files of its jobs recorded, whatever characters are in their paths', async () => {
    const files = (await loadJobs(['jobs'], directory)).map(({ file }) => file)
    expect(files).toEqual(['plain.cjs', 'plain.cjs', 'subtract.ts'].map((name) => join(directory, 'jobs', name)))
  })
})
