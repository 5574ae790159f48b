import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateClient } from '../../lib/codegen/generate-client.js'
import { loadJobs } from '../../lib/jobs/loading/load-jobs.js'
import { RegistryCatalogue } from '../../lib/jobs/loading/registry-catalogue.js'
import { root } from '../codegen/project.js'

const JOB = `import { Job } from 'pulsar-queue'
@Job() export class Labelled { run(amount: number, label?: string) { return [amount, label] } }
`

let scratch: string

beforeAll(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'pulsar-manifest-')))
  await mkdir(join(scratch, 'node_modules'))
  await symlink(root, join(scratch, 'node_modules/pulsar-queue'))
})

afterAll(() => rm(scratch, { recursive: true, force: true }))

/** How a project is made: the name of the client's file in `src`, and what its build does. */
interface Build {
  readonly out?: string
  readonly module?: ts.ModuleKind
  readonly removeComments?: boolean
  readonly standalone?: boolean
  /** The job's source at compile time, where it differs from the source that the manifest was generated from. */
  readonly compiled?: string
}

/** Generates a client of `src/jobs/labelled.ts`, and compiles all of `src` to `dist`. @returns the directory of the project */
async function build(name: string, options: Build = {}): Promise<string> {
  const { out = 'client.generated.ts', module = ts.ModuleKind.ESNext, standalone = false, compiled = JOB } = options
  const directory = join(scratch, name)
  const job = join(directory, 'src/jobs/labelled.ts')
  await mkdir(dirname(job), { recursive: true })
  const type = module === ts.ModuleKind.CommonJS ? 'commonjs' : 'module'
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name, type }))
  await writeFile(job, JOB)
  const client = join(directory, 'src', out)
  const generated = generateClient(ts, { files: [job], out: client, directory, project: null, standalone })
  const files: Record<string, string> = { [job]: compiled, [client]: generated.source ?? '' }
  if (generated.manifest) files[generated.manifest.path] = generated.manifest.source
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    const target = path.replace(`${directory}/src`, `${directory}/dist`).replace(/\.ts$/, '.js')
    await mkdir(dirname(target), { recursive: true })
    const compilerOptions: ts.CompilerOptions = {
      module,
      target: ts.ScriptTarget.ES2022,
      experimentalDecorators: true,
      removeComments: options.removeComments ?? false,
    }
    await writeFile(target, ts.transpileModule(text, { compilerOptions }).outputText)
  }
  return directory
}

async function jobOf(directory: string, paths = './dist/jobs/**/*.js') {
  return new RegistryCatalogue(await loadJobs([paths], directory), null).describe('labelled')
}

describe('the manifest of jobs', () => {
  it.each([
    ['beside', {}],
    ['commonjs', { module: ts.ModuleKind.CommonJS }],
    ['no-comments', { removeComments: true }],
    ['named-otherwise', { out: 'client.ts' }],
    ['elsewhere', { out: '../../elsewhere-web/client.generated.ts', standalone: true }],
    ['sibling', { out: 'generated/client.generated.ts' }],
    ['in-jobs', { out: 'jobs/client.generated.ts' }],
  ] as const)('is found by compiled jobs, wherever the client is: %s', async (name, options: Build) => {
    const job = await jobOf(await build(name, options))
    expect(job.bind({ amount: 3 })).toEqual([3, undefined])
    expect(() => job.bind({ amount: '3' })).toThrow('expected argument amount to be a number, got "3"')
    expect(() => job.bind({})).toThrow('expected argument amount to be a number, got nothing')
  })

  it('is found by jobs that are loaded as TypeScript', async () => {
    const job = await jobOf(await build('typescript'), './src/jobs/labelled.ts')
    expect(job.bind({ amount: 3 })).toEqual([3, undefined])
    expect(() => job.bind({ amount: '3' })).toThrow(/to be a number/)
  })

  it('is refused with the path of its file when it is stale', async () => {
    const more = await build('stale', { compiled: JOB.replace('label?', 'unit: string, label?') })
    await expect(jobOf(more)).rejects.toMatchObject({
      code: 'PQ_MANIFEST_MISMATCH',
      job: 'labelled',
      path: join(more, 'dist/client.generated.js'),
      message: expect.stringContaining(
        'run takes 3 parameters in the code, 2 in the manifest; run `pq generate`',
      ) as unknown,
    })
    const renamed = await build('renamed', { compiled: JOB.replaceAll('amount', 'quantity') })
    await expect(jobOf(renamed)).rejects.toThrow('parameter 1 of run is quantity in the code, amount in the manifest')
  })

  it('counts only for the files from which it was made: the client of another service may list a job of that name', async () => {
    const directory = await build('own', { out: 'client.generated.ts' })
    const other = JOB.replace('amount: number, label?: string', 'other: string').replace('[amount, label]', 'other')
    const job = join(directory, 'dist/other/jobs/labelled.js')
    await mkdir(dirname(job), { recursive: true })
    const compilerOptions = {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      experimentalDecorators: true,
    }
    await writeFile(job, ts.transpileModule(other, { compilerOptions }).outputText)
    const found = await jobOf(directory, './dist/other/jobs/*.js')
    expect(found.bind({ other: 1 })).toEqual([1])
  })
})
