import type { ChildProcess } from 'node:child_process'
import { execFile, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packPackage } from '../support/pack-package.js'
import { versions } from './versions.js'

const exec = promisify(execFile)
const NPM = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel', 'error']

/** What a bundled producer says: it queues and awaits, also by job files that are named; a server in a bundle is refused. */
const PRODUCED = { json: 3, msgpack: 3, api: 7, file: 11, pattern: 11, server: 'PQ_BUNDLED' }
/** In CommonJS of esbuild, which finds no files by a pattern. */
const IN_COMMONJS = { ...PRODUCED, pattern: 'PQ_BUNDLED' }
/** For packages that are CommonJS, in a bundle that is not. */
const BANNER = `import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url)`

let project: string
let tarball: string
let store: string
const nodes = new Map<string, string>()
const children: ChildProcess[] = []

/** Runs a script of the fixtures. @returns what it prints; a failure has all of its output */
async function run(folder: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  return await printed(process.execPath, folder, args, { ...producer(), NEXT_TELEMETRY_DISABLED: '1', ...env })
}

/** What the producers of the fixtures read from the environment. */
const producer = () => ({ STORE: store, JOBS: join(project, 'bundle/jobs.mjs') })

/** Runs a script with another Node, and without what this test runner sets. */
async function runWith(node: string, folder: string, args: readonly string[], env: Record<string, string> = {}) {
  return await printed(nodes.get(node) ?? node, folder, args, { NODE_OPTIONS: '', VITEST: '', NODE_ENV: '', ...env })
}

async function printed(program: string, folder: string, args: readonly string[], env: Record<string, string>) {
  const options = { cwd: join(project, folder), env: { ...process.env, ...env } }
  try {
    const { stdout, stderr } = await exec(program, args, options)
    return stdout + stderr
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${stdout}\n${stderr}`, { cause: error })
  }
}

const bin = (path: string): string => join(project, 'node_modules', path)

beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'pulsar-toolchains-')))
  store = `embedded:${join(project, 'store')}`
  await cp(fileURLToPath(new URL('fixtures', import.meta.url)), project, { recursive: true })
  tarball = await packPackage(project)
  await exec('npm', ['install', ...NPM, tarball], { cwd: project })
  for (const node of versions.nodes) {
    const npx = ['--yes', '--prefer-offline', '-p', `node@${node}`, 'node', '-p', 'process.execPath']
    nodes.set(node, (await exec('npx', npx, { cwd: tmpdir() })).stdout.trim())
  }
  const worker = fork(join(project, 'bundle/worker.mjs'), { env: { ...process.env, STORE: store }, execArgv: [] })
  children.push(worker)
  await once(worker, 'message')
}, 300_000)

afterAll(async () => {
  for (const child of children) {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null
    child.kill('SIGKILL')
    await ended
  }
  await rm(project, { recursive: true, force: true })
})

describe('a bundled producer queues and awaits, and a bundled server says how to leave the package external:', () => {
  it('esbuild, CommonJS', async () => {
    const flags = ['--bundle', '--platform=node', '--format=cjs', '--outfile=out/esbuild.cjs', '--log-level=error']
    await exec(bin('.bin/esbuild'), ['main.mjs', ...flags], { cwd: join(project, 'bundle') })
    expect(JSON.parse(await run('bundle', ['out/esbuild.cjs']))).toEqual(IN_COMMONJS)
  }, 120_000)

  it('esbuild, ESM, with a `require` for the packages that are CommonJS', async () => {
    const flags = ['--bundle', '--platform=node', '--format=esm', '--outfile=out/esbuild.mjs', '--log-level=error']
    await exec(bin('.bin/esbuild'), ['main.mjs', ...flags, `--banner:js=${BANNER}`], { cwd: join(project, 'bundle') })
    expect(JSON.parse(await run('bundle', ['out/esbuild.mjs']))).toEqual(PRODUCED)
  }, 120_000)

  it('tsup, CommonJS and ESM, which bundles everything on demand', async () => {
    await run('bundle', [bin('tsup/dist/cli-default.js')], { BANNER })
    expect(JSON.parse(await run('bundle', ['out/tsup/main.cjs']))).toEqual(IN_COMMONJS)
    expect(JSON.parse(await run('bundle', ['out/tsup/main.js']))).toEqual(PRODUCED)
  }, 120_000)

  it('webpack, without a warning: where it is built, the package is still found beside the bundle', async () => {
    await run('bundle', ['webpack.cjs'])
    for (const bundle of ['webpack-cjs/main.cjs', 'webpack-esm/main.mjs']) {
      expect(JSON.parse(await run('bundle', [`out/${bundle}`]))).toEqual({ ...PRODUCED, server: 'started' })
    }
  }, 300_000)
})

describe('a route of Next.js queues and awaits', () => {
  it.each([
    ['--turbopack', ''],
    ['--webpack', ''],
    // In the route the package is then the one of node_modules, where a server may start, too.
    ['--turbopack', 'serverExternalPackages'],
    ['--webpack', 'serverExternalPackages'],
  ])(
    'with %s %s',
    async (bundler, external) => {
      await cp(join(project, 'bundle/produce.mjs'), join(project, 'next/produce.mjs'))
      await cp(join(project, 'bundle/client.mjs'), join(project, 'next/client.mjs'))
      const env = { DIST: `.next${bundler}${external}`, EXTERNAL: external, NODE_ENV: 'production' }
      await run('next', [bin('next/dist/bin/next'), 'build', bundler], env)
      const port = await freePort()
      const args = [bin('next/dist/bin/next'), 'start', '-p', String(port)]
      const next = spawn(process.execPath, args, {
        cwd: join(project, 'next'),
        env: { ...process.env, ...env, ...producer() },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      children.push(next)
      for await (const line of createInterface(next.stdout)) if (line.includes('Ready')) break
      const answer = (await (await fetch(`http://localhost:${String(port)}/api/add`)).json()) as object
      const bundled = { json: 3, msgpack: 3, api: 7 }
      if (external === '') expect(answer).toMatchObject(bundled)
      else expect(answer).toEqual({ ...PRODUCED, server: 'started' })
      next.kill()
    },
    300_000,
  )
})

describe('Nest on Fastify', () => {
  const answers = (mail: string) => ({
    mail: { result: mail },
    other: 404,
    shut: [403, 403, 403],
    open: [200, 200],
    page: true,
    script: 200,
    live: 'retry: 2000',
    paused: 200,
    planned: 0,
    wrong: 400,
    form: 400,
  })

  beforeAll(async () => {
    await run('nest-fastify', [bin('typescript/bin/tsc'), '-p', '.'])
  }, 120_000)

  it('has the dashboard behind its guards, with acts and updates, and ends while a page is open', async () => {
    expect(JSON.parse(await run('nest-fastify', ['out/main.js']))).toEqual(answers('sent to ann'))
  }, 60_000)

  it("is tested with Nest's testing module", async () => {
    expect(JSON.parse(await run('nest-fastify', ['out/test.js']))).toEqual(answers('not sent to ann'))
  }, 60_000)
})

it('pnpm installs it for a project whose jobs are declared with types of the package', async () => {
  // Elsewhere: a directory above has all packages that npm has installed.
  const folder = await mkdtemp(join(tmpdir(), 'pulsar-pnpm-'))
  try {
    await cp(join(project, 'pnpm'), folder, { recursive: true })
    const pnpm = ['add', '--ignore-scripts', '--prefer-offline', '--store-dir', join(folder, 'store'), tarball]
    await exec(process.execPath, [bin('pnpm/bin/pnpm.mjs'), ...pnpm], { cwd: folder })
    await expect(readdir(join(folder, 'node_modules'))).resolves.not.toContain('undici')
    await exec(process.execPath, [join(folder, 'node_modules/typescript/bin/tsc'), '-p', '.'], { cwd: folder })
    expect(await readFile(join(folder, 'dist/fetch.d.ts'), 'utf8')).toContain('Promise<Response>')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 120_000)

describe.each(versions.nodes)('on Node %s', (node) => {
  const jest = (): string => bin('jest/bin/jest.js')
  const modules = { NODE_OPTIONS: '--experimental-vm-modules' }

  it('Jest runs ESM tests', async () => {
    expect(await runWith(node, 'jest-esm', [jest()], modules)).toContain('1 passed')
  }, 120_000)

  it('Jest runs CommonJS tests that import() the package, and says what to do for those that require it', async () => {
    const canRequire = node.startsWith('24') ? { CAN_REQUIRE: '1' } : {}
    expect(await runWith(node, 'jest-cjs', [jest()], { ...modules, ...canRequire })).toContain('2 passed')
  }, 120_000)

  it('Vitest runs tests', async () => {
    expect(await runWith(node, 'vitest', [bin('vitest/vitest.mjs'), 'run'])).toMatch(/1 passed/)
  }, 120_000)

  it('ts-node runs a program with a job in a thread', async () => {
    const env = { STORE: `embedded:${join(project, `ts-node-${node}`)}` }
    expect(await runWith(node, 'typescript', ['-r', 'ts-node/register', 'main.ts'], env)).toBe('7\n')
  }, 120_000)

  it('tsx runs a program with a job in a thread, or says what to do', async () => {
    const env = { STORE: `embedded:${join(project, `tsx-${node}`)}` }
    const said = await runWith(node, 'typescript', [bin('tsx/dist/cli.mjs'), 'main.ts'], env).catch(String)
    if (node.startsWith('20')) expect(said).toMatch(/Node 22/)
    else expect(said).toBe('7\n')
  }, 120_000)
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
