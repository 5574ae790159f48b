import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { mkdir, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

describe('a project of Nest', () => {
  let project: string

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'pulsar-nest-'))
    await cp(join(root, 'spec/nestjs/fixtures/shop'), join(project, 'src'), { recursive: true })
    await writeFile(join(project, 'package.json'), '{ "type": "module" }')
    // The packages of this repository, and itself under its name.
    const modules = join(project, 'node_modules')
    await mkdir(modules)
    for (const name of await readdir(join(root, 'node_modules'))) {
      if (!name.startsWith('.')) await symlink(join(root, 'node_modules', name), join(modules, name))
    }
    await symlink(root, join(modules, 'pulsar-queue'))
    const compilerOptions = {
      ...{ target: 'es2022', module: 'nodenext', lib: ['es2023', 'dom'], strict: true, skipLibCheck: true },
      ...{ experimentalDecorators: true, emitDecoratorMetadata: true, types: ['node'], rootDir: 'src', outDir: 'out' },
    }
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }))
    const failed = (error: { stdout?: string }) => Promise.reject(new Error(error.stdout ?? 'tsc failed'))
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project]).catch(failed)
  }, 120_000)
  afterAll(() => rm(project, { recursive: true, force: true }))

  it('runs its jobs with its providers, shows the dashboard behind its guards, and ends with its hooks', async () => {
    const ended = await new Promise<{ stdout: string; stderr: string; signal: unknown }>((resolve) => {
      const child = execFile(process.execPath, [join(project, 'out/main.js')], (_error, stdout, stderr) => {
        resolve({ stdout, stderr, signal: child.signalCode })
      })
    })
    expect(ended.stderr).toBe('')
    expect(JSON.parse(ended.stdout)).toEqual({
      mails: [true, true, true],
      counts: [
        [1, true, true],
        [1, true, true],
      ],
      unlisted: 'created',
      steps: 'stepped',
      client: 'client',
      dashboard: { shut: [403, 403], open: [200, 200], page: true },
    })
    // Nest sends the signal once more after its hooks.
    expect(ended.signal).toBe('SIGTERM')
  }, 60_000)

  it("is tested with Nest's testing module, which puts other parts in the place of its providers and jobs", async () => {
    const { stdout } = await run(process.execPath, [join(project, 'out/tests.js')])
    expect(JSON.parse(stdout)).toEqual({ withMailer: true, sent: ['zoe'], withJob: 'not sent to zoe' })
  }, 60_000)
})
