import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterEach, describe, expect, it } from 'vitest'
import type { Project } from '../codegen/project.js'
import { makeProject, root, TSCONFIG } from '../codegen/project.js'

const run = promisify(execFile)
const JOB = `import { Job } from 'pulsar-queue'
@Job() export class Addition { run(a: number, b?: number) { return a + (b ?? 0) } }
`
const CALL = `import { createClient } from './client.generated.js'
export async function add(): Promise<number> {
  const client = await createClient()
  return await client.jobs.addition({ a: 1 }).result()
}
`

let project: Project

afterEach(() => project[Symbol.asyncDispose]())

const PATHS = { '@util/*': ['./src/util/*'], 'class-validator': ['./types/class-validator.d.ts'] }

const json = (value: unknown): string => JSON.stringify(value)

async function pq(...args: string[]): Promise<string> {
  return (await run(process.execPath, [join(root, 'lib/cli/pq.js'), ...args], { cwd: project.directory })).stdout
}

/** Runs the compiler in the project. @returns what it complains of */
async function tsc(...args: string[]): Promise<string> {
  const script = join(root, 'node_modules/typescript/bin/tsc')
  return await run(process.execPath, [script, ...args], { cwd: project.directory }).then(
    () => '',
    (error: unknown) => (error as { stdout: string }).stdout,
  )
}

describe('a project', () => {
  it('that gets the jobs by a project reference compiles the client', async () => {
    const { noEmit: _, ...options } = TSCONFIG.compilerOptions
    const compilerOptions = { ...options, composite: true, skipLibCheck: false, rootDir: '.', outDir: 'dist' }
    project = await makeProject({
      'tsconfig.json': json({ files: [], references: [{ path: 'web' }] }),
      'worker/tsconfig.json': json({ compilerOptions, include: ['jobs'] }),
      'worker/jobs/addition.ts': JOB,
      'web/tsconfig.json': json({ compilerOptions, include: ['*.ts'], references: [{ path: '../worker' }] }),
      'web/main.ts': CALL,
    })
    await pq(
      'generate',
      '--jobs',
      'worker/jobs/addition.ts',
      '--out',
      'web/client.generated.ts',
      '--project',
      'worker/tsconfig.json',
    )
    expect(await tsc('-b', 'web')).toBe('')
  }, 120_000)

  it('under moduleResolution node10 finds every entry of the package', async () => {
    const compilerOptions = {
      ...TSCONFIG.compilerOptions,
      ...{ module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0', skipLibCheck: false },
    }
    project = await makeProject({
      'package.json': json({ type: 'commonjs' }),
      'tsconfig.json': json({ compilerOptions, include: ['*.ts'] }),
      'addition.ts': JOB,
      'main.ts': `${CALL.replace('.generated.js', '.generated')}
import { createTestApp } from 'pulsar-queue/testing'
import { executeNode } from 'pulsar-queue/jobs'
export const others = [createTestApp, executeNode]
`,
    })
    await pq('generate', '--jobs', 'addition.ts', '--out', 'client.generated.ts')
    expect(await tsc('-p', '.')).toBe('')
  }, 120_000)

  it('may declare the types of a job that returns what this.http.fetch gives, though it does not see undici', async () => {
    project = await makeProject({
      'fetch.ts': `import { BaseJob, Job } from 'pulsar-queue'
@Job() export class Fetch extends BaseJob { async run(url: string) { return await this.http.fetch(url) } }
`,
    })
    const { options } = ts.parseJsonConfigFileContent(TSCONFIG, ts.sys, project.directory)
    const program = ts.createProgram([join(project.directory, 'fetch.ts')], { ...options, declaration: true })
    const complaints = [...program.getSemanticDiagnostics(), ...program.getDeclarationDiagnostics()]
    expect(complaints.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([])
  }, 60_000)

  it('may use the paths of its tsconfig in jobs that are loaded as TypeScript, by pq and by worker processes', async () => {
    const { compilerOptions } = TSCONFIG
    project = await makeProject({
      'tsconfig.json': json({ compilerOptions: { ...compilerOptions, paths: PATHS } }),
      // For types alone: what runs is the package.
      'types/class-validator.d.ts': 'export declare function isString(value: unknown): boolean\n',
      'src/util/twice.ts': 'export const twice = (n: number): number => 2 * n\n',
      'src/jobs/doubled.ts': `import { Job } from 'pulsar-queue'
import { isString } from 'class-validator'
import { twice } from '@util/twice.js'
@Job() export class Doubled { run(n: number) { return isString(n) ? n : twice(n) } }
`,
    })
    await symlink(join(root, 'node_modules/typescript'), join(project.directory, 'node_modules/typescript'))
    const jobs = ['--task-paths', './src/jobs/*.ts']
    expect(await pq('jobs', ...jobs)).toMatch(/^doubled\(n\) /)
    const args = [join(root, 'lib/cli/pq.js'), 'start', ...jobs, '--workers', '1']
    const server = spawn(process.execPath, args, { cwd: project.directory, stdio: 'ignore' })
    try {
      expect(await pq('queue', 'doubled', 'n=3', '--wait', '60s', ...jobs)).toBe('6\n')
    } finally {
      server.kill('SIGTERM')
      await once(server, 'exit')
    }
  }, 120_000)

  it('with two copies of the package injects what is of the other copy', async () => {
    project = await makeProject({
      'lib/node_modules/.keep': '',
      'lib/jobs.mjs': `import { Job, JobContext, Logger } from 'pulsar-queue'
export class Told { constructor(context, logger) { Object.assign(this, { context, logger }) }
  run() { return [this.context.name, typeof this.logger.info, this.context.task.name].join() } }
Job({ name: 'told', inject: [JobContext, Logger] })(Told)
export { JobContext }
`,
      'main.mjs': `import { JobContext, PulsarQueue } from 'pulsar-queue'
import { JobContext as Other, Told } from './lib/jobs.mjs'
if (Other === JobContext) throw new Error('one copy')
const app = new PulsarQueue({ dataStore: 'embedded::memory:', workers: 0, parseConsole: false, logLevel: 'error' })
const api = await app.api().start()
console.log((await api.tasks.execute(Told, [])).result ?? 'nothing')
await app.close()
`,
    })
    const copy = join(project.directory, 'lib/node_modules/pulsar-queue')
    await mkdir(copy)
    for (const part of ['lib', 'package.json']) await cp(join(root, part), join(copy, part), { recursive: true })
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
    const { stdout } = await run(process.execPath, ['main.mjs'], { cwd: project.directory })
    expect(stdout).toBe('told,function,told\n')
  }, 60_000)
})
