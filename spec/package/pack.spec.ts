import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packPackage } from '../support/pack-package.js'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const tsc = join(root, 'node_modules/typescript/bin/tsc')
const npmFlags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel', 'error']

const JOBS = `
import { Job } from 'pulsar-queue'

@Job()
export class Addition {
  run(a: number, b: number) {
    return a + b
  }
}
`

/** Queues and executes with types that must hold: the assignments do not compile where something came out as any. */
const MAIN = `
import 'reflect-metadata'
import { PulsarQueue, InvalidArgumentsError, isPulsarError } from 'pulsar-queue'
import type { Task, TaskFuture } from 'pulsar-queue'
import { createTestApp, runJob } from 'pulsar-queue/testing'
import { executeNode } from 'pulsar-queue/jobs'
import { connect } from 'pulsar-queue/client'
import type { JobMethod, TaskFuture as ClientFuture } from 'pulsar-queue/client'
import { Addition } from './addition.js'

declare module 'pulsar-queue' {
  interface JobMap {
    addition: { args: { a: number; b: number }; result: number }
  }
}

async function main(): Promise<void> {
  const app = new PulsarQueue({ dataStore: 'embedded::memory:', workers: 0, parseConsole: false, logLevel: 'error' })
  const api = await app.api().start()
  const task: Task<number> = await api.tasks.execute(Addition, [4, 6])
  const sum: number | undefined = task.result
  const byName: TaskFuture<number> = api.tasks.queue('addition', { a: 1, b: 2 }, { delay: '1h' })
  byName.catch(() => undefined)
  // @ts-expect-error: a string is no number
  const refused: unknown = await api.tasks.queue('addition', { a: '1', b: 2 }, { id: {} }).catch((error: unknown) => error)
  if (!(refused instanceof Error) || !isPulsarError(refused)) throw new Error('was not refused')
  void InvalidArgumentsError
  const code = 'process.stdout.write(String(6 * 7))'
  const printed: Task<string> = await api.tasks.execute(executeNode, { code })
  if (printed.result !== '42') throw new Error(String(printed.exception))
  const alone: number = (await runJob(Addition, [1, 2])).orThrow()
  const test = createTestApp({ jobs: [Addition] })
  const tested = (await test.api().start()).tasks.queue(Addition, [1, 2])
  await test.drain()
  if ((await tested.result()) !== alone) throw new Error('did not run in a test')
  await test.close()
  // The entries share their types, those of classes with private members, too.
  const manifest = { version: 1, jobs: {} } as const
  const client = await connect<object, { addition?: JobMethod<{ a: number; b: number }, number> }>(manifest, api)
  const shared: ClientFuture<number> = byName
  void shared
  await client.close()
  console.log(sum)
  await app.close()
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
`

const MODES = [
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
] as const

const COMPILER = {
  target: 'es2022',
  lib: ['es2023', 'esnext.disposable'],
  strict: true,
  skipLibCheck: false,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
  rootDir: '.',
}

let scratch: string
let installed: string

/** Adds up the sizes of all files below a folder. */
async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(
    files.filter((file) => file.isFile()).map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** A project in its own folder, beside the node_modules that the tarball was installed to. */
async function project(type: 'module' | 'commonjs', name: string, compilerOptions: object): Promise<string> {
  const folder = join(installed, name)
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type }))
  await writeFile(join(folder, 'addition.ts'), JOBS)
  await writeFile(join(folder, 'main.ts'), MAIN)
  const options = { ...COMPILER, ...compilerOptions, outDir: 'out' }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['main.ts'] }))
  return folder
}

async function compile(folder: string, ...args: string[]): Promise<void> {
  const failed = (error: { stdout?: string }) => Promise.reject(new Error(error.stdout ?? 'tsc failed'))
  await run(process.execPath, [tsc, '-p', folder, ...args]).catch(failed)
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'pulsar-pack-'))
  installed = join(scratch, 'installed')
  await mkdir(installed)
  await writeFile(join(installed, 'package.json'), '{ "private": true }')
  // The scripts are left out: installing must not need any.
  await run('npm', ['install', ...npmFlags, await packPackage(scratch)], { cwd: installed })
}, 120_000)

afterAll(() => rm(scratch, { recursive: true, force: true }))

describe('the packed package', () => {
  it('has no install script and no sources, a map for each file, and one file of declarations an entry', async () => {
    const manifest = JSON.parse(await readFile(join(installed, 'node_modules/pulsar-queue/package.json'), 'utf8')) as {
      scripts?: Record<string, string>
    }
    for (const script of ['preinstall', 'install', 'postinstall']) expect(manifest.scripts).not.toHaveProperty(script)
    const files = await readdir(join(installed, 'node_modules/pulsar-queue'), { recursive: true })
    expect(files.filter((file) => file.startsWith('src'))).toEqual([])
    for (const file of files.filter((each) => each.endsWith('.js'))) {
      const text = await readFile(join(installed, 'node_modules/pulsar-queue', file), 'utf8')
      expect(files.includes(`${file}.map`), file).toBe(text.includes('sourceMappingURL'))
    }
    expect(files.some((file) => file.endsWith('.js.map'))).toBe(true)
    expect(files).toContain('LICENSE')
    const declarations = files.filter((file) => /\.d\.c?ts$/.test(file)).sort()
    expect(declarations).toEqual(
      ['client', 'index', 'jobs', 'nestjs', 'otel', 'testing'].flatMap((entry) => [
        `lib/types/${entry}.d.cts`,
        `lib/types/${entry}.d.ts`,
      ]),
    )
  })

  it('installs no compiler, and is as small as the README says', async () => {
    expect(await readdir(join(installed, 'node_modules'))).not.toContain('typescript')
    const megabytes = (await sizeOf(join(installed, 'node_modules'))) / 1e6
    const own = (await sizeOf(join(installed, 'node_modules/pulsar-queue'))) / 1e6
    process.stdout.write(
      `installed size: ${megabytes.toFixed(1)} MB with all dependencies, ${own.toFixed(2)} MB its own\n`,
    )
    const stated = /install[^\n]*?(\d+) MB/i.exec(await readFile(join(root, 'README.md'), 'utf8'))?.[1]
    expect(Math.abs(megabytes - Number(stated))).toBeLessThan(3)
  })

  it.each(MODES)(
    'compiles and runs from an ESM project under $moduleResolution',
    async (mode) => {
      const folder = await project('module', `esm-${mode.module}`, mode)
      await compile(folder)
      expect((await run(process.execPath, [join(folder, 'out/main.js')])).stdout).toBe('10\n')
    },
    60_000,
  )

  it.each(MODES)(
    'compiles and runs from a CommonJS project under $moduleResolution',
    async (mode) => {
      const folder = await project('commonjs', `cjs-${mode.module}`, mode)
      await compile(folder)
      expect((await run(process.execPath, ['--no-warnings', join(folder, 'out/main.js')])).stdout).toBe('10\n')
    },
    60_000,
  )

  it('compiles from a bundled project, under moduleResolution bundler', async () => {
    const folder = await project('module', 'bundled', { module: 'esnext', moduleResolution: 'bundler' })
    await compile(folder)
    expect((await run(process.execPath, [join(folder, 'out/main.js')])).stdout).toBe('10\n')
  }, 60_000)

  it('says what is missing where neither Node nor the optional package brings SQLite', async () => {
    const sqlite = join(installed, 'node_modules/@photostructure')
    await rename(sqlite, `${sqlite}.away`)
    const open = `
      const { PulsarQueue } = await import('pulsar-queue')
      const app = new PulsarQueue({ dataStore: 'embedded::memory:', parseConsole: false, logLevel: 'fatal' })
      const said = await app.api().start().then(() => 'opened', (error) => error.code)
      await app.close()
      const brought = process.getBuiltinModule('node:sqlite')
      const own = brought && new brought.DatabaseSync(':memory:').prepare('SELECT sqlite_version() AS v').get().v
      console.log(said === (own >= '3.51.3' ? 'opened' : 'PQ_SQLITE_MISSING') ? 'right' : said)`
    const { stdout } = await run(process.execPath, ['--no-warnings', '--input-type=module', '--eval', open], {
      cwd: installed,
    }).finally(() => rename(`${sqlite}.away`, sqlite))
    expect(stdout).toBe('right\n')
  })

  it('brings the command pq', async () => {
    const { stdout } = await run(join(installed, 'node_modules/.bin/pq'), ['--version'])
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
