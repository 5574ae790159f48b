import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { format } from 'prettier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Project } from './project.js'
import { makeProject, root } from './project.js'

const program = join(root, 'lib/cli/pq.js')
const ADDITION = `import { Job } from 'pulsar-queue'
@Job() export class Addition { run(a: number, b: number) { return a + b } }\n`
const FLAGS = ['generate', '--jobs', 'src/jobs/**/*.ts', '--out', 'src/client.generated.ts']

let project: Project
let out: string

function pq(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { cwd: project.directory }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr })
    })
  })
}

beforeAll(async () => {
  project = await makeProject({ 'src/jobs/addition.ts': ADDITION })
  out = join(project.directory, 'src/client.generated.ts')
})

afterAll(() => project[Symbol.asyncDispose]())

describe('pq generate', () => {
  it('writes the client; --check fails when the client is missing or stale', async () => {
    expect(await pq(...FLAGS, '--check')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'pq: src/client.generated.ts is not there; run `pq generate` without --check\n',
    })
    expect(await pq(...FLAGS)).toEqual({ code: 0, stdout: 'src/client.generated.ts: 1 job\n', stderr: '' })
    const first = await readFile(out, 'utf8')
    expect(first).toContain("import type { Addition } from './jobs/addition.js'\n")
    expect(await pq(...FLAGS, '--check')).toEqual({ code: 0, stdout: '', stderr: '' })
    await project.write({ 'src/jobs/addition.ts': ADDITION.replace('b: number', 'b: number, c = 0') })
    expect(await pq(...FLAGS, '--check')).toMatchObject({
      code: 1,
      stderr: 'pq: src/client.generated.ts is stale; run `pq generate` without --check\n',
    })
    expect(await readFile(out, 'utf8')).toBe(first)
    expect(await pq(...FLAGS)).toMatchObject({ code: 0 })
    expect(await readFile(out, 'utf8')).toContain('readonly c?:')
  })

  it('takes a file that a formatter has laid out anew for what it says; a doc comment that changed is stale', async () => {
    const before = await readFile(out, 'utf8')
    const laidOut = await format(before, { parser: 'typescript', tabWidth: 4, printWidth: 120, trailingComma: 'none' })
    expect(laidOut).not.toBe(before)
    await writeFile(out, laidOut)
    expect(await pq(...FLAGS, '--check')).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await pq(...FLAGS)).toMatchObject({ code: 0, stdout: 'src/client.generated.ts: 1 job, unchanged\n' })
    expect(await readFile(out, 'utf8')).toBe(laidOut)
    await writeFile(out, laidOut.replace('Arguments of `addition`', 'Arguments of something'))
    expect(await pq(...FLAGS, '--check')).toMatchObject({ code: 1 })
    await writeFile(out, before)
  })

  it("formats the file by the project's own prettier", async () => {
    const prettier = join(project.directory, 'node_modules/prettier')
    await symlink(join(root, 'node_modules/prettier'), prettier)
    await project.write({ '.prettierrc': '{ "semi": true, "tabWidth": 4 }' })
    await rm(out)
    // Backslashes, as the shell of Windows completes them.
    const flags = ['generate', '--jobs', 'src\\jobs\\**\\*.ts', '--out', 'src/client.generated.ts']
    expect(await pq(...flags)).toMatchObject({ code: 0, stderr: '' })
    const text = await readFile(out, 'utf8')
    expect(text).toBe(await format(text, { parser: 'typescript', semi: true, tabWidth: 4 }))
    await rm(prettier)
    await rm(join(project.directory, '.prettierrc'))
    await rm(out)
    expect(await pq(...FLAGS)).toMatchObject({ code: 0 })
  })

  it('reports all problems at once, by position, and leaves the file as it was', async () => {
    const before = await readFile(out, 'utf8')
    const wrong = ADDITION.replace('Addition', 'Wrong')
      .replace('a: number', 'a: () => void')
      .replace('b: number', '...b: number[]')
    await project.write({ 'src/jobs/wrong.ts': wrong, 'src/jobs/hidden.ts': ADDITION.replace('export ', '') })
    const { code, stdout, stderr } = await pq(...FLAGS)
    await rm(join(project.directory, 'src/jobs/wrong.ts'))
    await rm(join(project.directory, 'src/jobs/hidden.ts'))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr.split('\n')).toEqual([
      'src/jobs/hidden.ts:2:14: Addition is not exported, and the client imports its types; export it',
      'src/jobs/wrong.ts:2:48: run has a rest parameter, and arguments go by name; take an array',
      'pq: 2 problems; src/client.generated.ts was not written',
      '',
    ])
    expect(await readFile(out, 'utf8')).toBe(before)
  })

  it('refuses globs that match no file, and files without jobs', async () => {
    const nothing = await pq('generate', '--jobs', 'nowhere/*.ts', '--out', 'out.ts')
    expect(nothing).toMatchObject({
      code: 2,
      stderr: 'pq: no TypeScript file matches nowhere/*.ts; check --jobs, and quote the glob\n',
    })
    await project.write({ 'plain/a.ts': 'export const a = 1\n' })
    const plain = await pq('generate', '--jobs', 'plain/*.ts', '--out', 'out.ts')
    expect(plain.code).toBe(2)
    expect(plain.stderr).toContain('there are no jobs in plain/*.ts')
  })

  it.each([
    [
      'has no compiler API',
      '{ "version": "7.0.2", "main": "index.js" }',
      'exports.version = "7.0.2"',
      'version 7.0.2 has no compiler API',
    ],
    [
      'is too old',
      '{ "version": "5.4.0", "main": "index.js" }',
      'exports.version = "5.4.0"; exports.createProgram = () => {}',
      'version 5.4.0 is too old',
    ],
  ])('names the TypeScript that it needs where the installed one %s', async (_, manifest, code, reason) => {
    const directory = join(project.directory, 'node_modules/typescript')
    await mkdir(directory)
    await writeFile(join(directory, 'package.json'), manifest)
    await writeFile(join(directory, 'index.js'), code)
    const ended = await pq(...FLAGS)
    await rm(directory, { recursive: true })
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain(`expected TypeScript >=5.9 <7 with its compiler API in the project, but ${reason}`)
    expect(ended.stderr).toContain('npm install --save-dev typescript@6')
  })

  it('with --watch writes again for each change and for new files, until SIGTERM', async () => {
    const child = spawn(process.execPath, [program, ...FLAGS, '--watch'], {
      cwd: project.directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    try {
      expect(await lines.next()).toMatchObject({ value: 'src/client.generated.ts: 1 job, unchanged' })
      await project.write({ 'src/jobs/more/second.ts': ADDITION.replace('Addition', 'Second') })
      expect(await lines.next()).toMatchObject({ value: 'src/client.generated.ts: 2 jobs' })
      expect(await readFile(out, 'utf8')).toContain('readonly second: JobMethod<')
      child.kill('SIGTERM')
      expect(await once(child, 'exit')).toEqual([0, null])
    } finally {
      child.kill('SIGKILL')
    }
  })
})
