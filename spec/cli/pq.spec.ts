import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'lib/cli/pq.js')
const tsc = join(root, 'node_modules/typescript/bin/tsc')

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

let scratch: string

function script(file: string, args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [file, ...args], { cwd }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr })
    })
  })
}

const pq = (...args: string[]): Promise<Ended> => script(program, args, scratch)

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'pulsar-pq-'))
  await mkdir(join(scratch, 'jobs'))
  await mkdir(join(scratch, 'node_modules'))
  await symlink(root, join(scratch, 'node_modules/pulsar-queue'))
  const jobs = `
    import { defineJob } from 'pulsar-queue'
    export const addition = defineJob({ name: 'addition' }, function (a: number, b: number) { return a + b })
    export const failing = defineJob({ name: 'failing' }, function (): void { throw new Error('no luck today') })`
  await writeFile(join(scratch, 'jobs/sums.ts'), jobs)
  const config = "export default { taskPaths: ['./jobs/*.ts'], workers: 0, taskPoolTimeout: '200ms' }"
  await writeFile(join(scratch, 'pulsar.config.ts'), config)
})

afterAll(() => rm(scratch, { recursive: true, force: true }))

describe('pq', () => {
  it('prints its commands, with examples and exit codes', async () => {
    const { code, stdout } = await pq('--help')
    expect(code).toBe(0)
    for (const command of ['start', 'generate', 'queue', 'jobs', 'init']) expect(stdout).toContain(`\n  ${command} `)
    expect(stdout).toContain('Examples:')
    expect(stdout).toContain('Exit codes:')
  })

  it.each(['start', 'generate', 'queue', 'jobs', 'init'])(
    'prints the options, examples and exit codes of %s',
    async (command) => {
      const { code, stdout } = await pq(command, '--help')
      expect(code).toBe(0)
      expect(stdout).toContain(`Usage: pq ${command}`)
      expect(stdout).toMatch(/Examples?:/)
      expect(stdout).toContain('Exit codes:')
    },
  )

  it('exits with 2 after wrong usage, and suggests the nearest name', async () => {
    expect(await pq()).toMatchObject({ code: 2 })
    const command = await pq('strat')
    expect(command).toMatchObject({ code: 2, stdout: '' })
    expect(command.stderr).toContain('Did you mean start?')
    for (const words of [
      ['worker', '--help'],
      ['-h', 'worker'],
      ['worker', 'quiet', '-h'],
      ['help', 'worker'],
    ]) {
      const asked = await pq(...words)
      expect(asked).toMatchObject({ code: 2, stdout: '' })
      expect(asked.stderr).toContain('Did you mean workers?')
    }
    for (const words of [['--help'], ['help'], ['help', 'workers'], ['-h', 'workers'], ['workers', 'quiet', '-h']])
      expect(await pq(...words)).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: pq') as string })
    const flag = await pq('start', '--wrokers', '2')
    expect(flag.code).toBe(2)
    expect(flag.stderr).toContain('Did you mean --workers?')
    const value = await pq('start', '--workers', 'many')
    expect(value.code).toBe(2)
    expect(value.stderr).toBe(
      'pq: command line: expected setting workers to be a whole number from 0 to 1,000, got "many"\n',
    )
  })

  it('prints an error in a line without its stack, unless --debug', async () => {
    const brief = await pq('jobs', '--task-paths', './broken/*.js', '--data-store', 'nowhere://me:hunter2@host')
    expect(brief.code).toBe(2)
    expect(brief.stderr).toMatch(/^pq: .*nowhere.*\n$/)
    expect(brief.stderr).not.toContain('hunter2')
    const long = await pq('jobs', '--debug', '--data-store', 'nowhere://me:hunter2@host')
    expect(long.stderr).toMatch(/\n +at /)
    expect(long.stderr).not.toContain('hunter2')
  })

  it('lists the jobs', async () => {
    const { code, stdout, stderr } = await pq('jobs')
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^addition\(a, b\) +asyncio/m)
    expect(stdout).toMatch(/^failing\(\) +asyncio/m)
    expect(code).toBe(0)
    expect(JSON.parse((await pq('jobs', '--json')).stdout)).toMatchObject({ addition: { concurrency: 'asyncio' } })
  })

  it('refuses an unknown job and suggests the nearest name', async () => {
    const { code, stderr } = await pq('queue', 'additon', 'a=1')
    expect(code).toBe(1)
    expect(stderr).toContain('did you mean "addition"?')
  })

  it.each(['--wait', '--delay'])('refuses a malformed duration of %s before it queues anything', async (flag) => {
    const { code, stdout, stderr } = await pq('queue', 'addition', 'a=4', 'b=6', flag, 'soon')
    expect(stderr).toMatch(new RegExp(`${flag}.*"soon"`))
    expect(stderr + stdout).not.toContain('QUEUED')
    expect(code).toBe(2)
  })

  it('ends without an error when its output is closed early', async () => {
    const child = spawn(process.execPath, [program, 'jobs'], { cwd: scratch })
    child.stdout.destroy()
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    expect(errors).toBe('')
    expect(code).toBe(0)
  })

  it('queues a task without waiting for it', async () => {
    const { code, stdout } = await pq('queue', 'addition', 'a=4', 'b=6', '--queue', 'elsewhere')
    expect(stdout).toMatch(/^task\.addition<.+><QUEUED>\n$/)
    expect(code).toBe(0)
  })
})

describe('pq start', () => {
  let server: ChildProcess

  beforeAll(async () => {
    server = spawn(process.execPath, [program, 'start'], { cwd: scratch, stdio: ['ignore', 'pipe', 'pipe'] })
  })

  afterAll(() => {
    server.kill('SIGKILL')
  })

  it('serves the jobs: pq queue --wait prints the result as JSON', async () => {
    const { code, stdout } = await pq('queue', 'addition', 'a=4', 'b=6', '--wait', '15s')
    expect(stdout).toBe('10\n')
    expect(code).toBe(0)
    expect((await pq('queue', 'addition', '--wait', 'a=4', 'b=7')).stdout).toBe('11\n')
  })

  it('makes pq queue --wait exit with 1 for a task that fails', async () => {
    const { code, stdout, stderr } = await pq('queue', 'failing', '--wait')
    expect(stdout).toBe('')
    expect(stderr).toContain('failing ended as FAILURE: no luck today')
    expect(code).toBe(1)
  })

  it('ends with exit code 0 on SIGTERM', async () => {
    server.kill('SIGTERM')
    const [code] = (await once(server, 'exit')) as [number | null]
    expect(code).toBe(0)
  })

  it('refuses to start without jobs', async () => {
    const { code, stderr } = await script(program, ['start'], tmpdir())
    expect(code).toBe(2)
    expect(stderr).toContain('there are no jobs to run')
  })
})

describe('pq start that fails', () => {
  it('disconnects and exits with 1, as for an address of JSON-RPC that the machine does not have', async () => {
    const { code, stderr } = await pq(
      ...['start', '--rpc-bind', '192.0.2.1:0', '--rpc-token', 'a.long-secret', '--data-store', 'embedded::memory:'],
    )
    expect(stderr).toMatch(
      /^pq: cannot serve JSON-RPC at 192\.0\.2\.1:0: this machine has no such address; set rpcBind to/m,
    )
    expect(code).toBe(1)
  })
})

describe('pq init', () => {
  it('writes a project that works: generated, compiled, served and called', async () => {
    expect((await pq('init', 'my-app')).code).toBe(0)
    const app = join(scratch, 'my-app')
    await mkdir(join(app, 'node_modules'))
    await symlink(root, join(app, 'node_modules/pulsar-queue'))
    await symlink(join(root, 'node_modules/@types'), join(app, 'node_modules/@types'))
    const generate = ['generate', '--jobs', 'src/jobs/**/*.ts', '--out', 'src/client.generated.ts']
    expect(await script(program, generate, app)).toMatchObject({ code: 0, stderr: '' })
    expect(await script(tsc, [], app)).toMatchObject({ stdout: '', code: 0 })
    const server = spawn(process.execPath, [program, 'start'], { cwd: app, stdio: ['ignore', 'inherit', 'pipe'] })
    const log = createInterface(server.stderr)
    try {
      await once(log, 'line')
      expect(await script('dist/queue.js', [], app)).toMatchObject({ stdout: '4 + 6 = 10\n', code: 0 })
      server.kill('SIGTERM')
      expect(await once(server, 'exit')).toEqual([0, null])
    } finally {
      server.kill('SIGKILL')
    }
  }, 60_000)

  it('overwrites nothing', async () => {
    const target = join(scratch, 'taken')
    await mkdir(target)
    await writeFile(join(target, 'tsconfig.json'), '{}')
    const { code, stderr } = await pq('init', 'taken')
    expect(code).toBe(2)
    expect(stderr).toContain('tsconfig.json would be overwritten')
    expect(await readdir(target)).toEqual(['tsconfig.json'])
  })
})
