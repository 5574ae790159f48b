import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packPackage } from '../support/pack-package.js'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TITLE = '## Tutorial: from an empty directory to a typed call'
const IN_COMMONJS = '### The same in CommonJS'

let scratch: string
let project: string
let tarball: string
let tutorial: string
let commonJs: string

/** The files that a part of the README shows: a line with a path alone, then a block. */
function filesIn(text: string): [path: string, content: string][] {
  return [...text.matchAll(/^`([\w./-]+)`\n\n```\w+\n([\s\S]*?)```$/gm)].map(([, path = '', content = '']) => [
    path,
    content,
  ])
}

/** The commands of the tutorial, by the number of its step. */
function commandsOf(step: number): string[] {
  const block = new RegExp(`^\\*\\*${String(step)}\\. [\\s\\S]*?\`\`\`sh\\n([\\s\\S]*?)\`\`\``, 'm').exec(tutorial)?.[1]
  if (block === undefined) throw new Error(`step ${String(step)} of the tutorial has no commands`)
  return block.trim().split('\n')
}

/** Runs something beside the server of a project, which is started by its command and ended by SIGTERM. */
async function besideServer(command: string, cwd: string, task: () => Promise<void>): Promise<unknown> {
  const [, ...args] = command.split(' ')
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  try {
    await new Promise<void>((resolve, reject) => {
      let output = ''
      const read = (chunk: Buffer): void => {
        output += chunk.toString()
        if (output.includes(' consumes ')) resolve()
      }
      child.stdout.on('data', read)
      child.stderr.on('data', read)
      void exited.then(() => {
        reject(new Error(`the server ended before it consumed:\n${output}`))
      })
    })
    await task()
    child.kill('SIGTERM')
    const [code] = (await exited) as [unknown]
    return code
  } finally {
    child.kill('SIGKILL')
  }
}

async function shell(command: string, cwd: string): Promise<string> {
  return (await run('sh', ['-c', command], { cwd })).stdout
}

beforeAll(async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const section = readme.slice(readme.indexOf(TITLE)).split('\n## ')[0] ?? ''
  ;[tutorial = '', commonJs = ''] = section.split(IN_COMMONJS)
  scratch = await mkdtemp(join(tmpdir(), 'pq-tutorial-'))
  project = join(scratch, 'my-queue')
  tarball = await packPackage(scratch)
}, 120_000)

afterAll(() => rm(scratch, { recursive: true, force: true }))

/** Writes files into the project, then follows the tutorial from its third step. */
async function follow(files: readonly [path: string, content: string][]): Promise<void> {
  for (const [path, content] of files) {
    await mkdir(dirname(join(project, path)), { recursive: true })
    await writeFile(join(project, path), content)
  }
  for (const command of commandsOf(3)) await shell(command, project)
  const code = await besideServer(commandsOf(4)[0] ?? '', project, async () => {
    expect(await shell(commandsOf(5)[0] ?? '', project)).toBe('addition SUCCESS 10\n')
    const [, command = 'exit 1'] = /`(npx pq queue [^`]+ --task-paths [^`]+)`\s+prints `3`/.exec(tutorial) ?? []
    expect(await shell(command, project)).toBe('3\n')
  })
  expect(code).toBe(0)
}

describe('the tutorial of the README', () => {
  it('works word by word in an empty directory', async () => {
    const quick = 'install --prefer-offline --no-audit --no-fund'
    const install = commandsOf(1)
      .join('\n')
      .replace('npm install pulsar-queue', `npm ${quick} ${tarball}`)
      .replace('install --save-dev', `${quick} --save-dev`)
    await shell(`set -e\n${install}`, scratch)
    const files = filesIn(tutorial)
    expect(files.map(([path]) => path)).toEqual([
      'tsconfig.json',
      'src/jobs/addition.ts',
      'src/manage.ts',
      'src/queue.ts',
    ])
    await follow(files)
  }, 180_000)

  it('works in CommonJS, with the two files that differ, and where a parameter of the job is optional', async () => {
    const change = /`(npm pkg set type=commonjs)`/.exec(commonJs)?.[1]
    await shell(change ?? 'exit 1', project)
    await rm(join(project, 'dist'), { recursive: true })
    const files = filesIn(commonJs)
    expect(files.map(([path]) => path)).toEqual(['src/manage.ts', 'src/queue.ts'])
    const [job] = filesIn(tutorial).filter(([path]) => path === 'src/jobs/addition.ts')
    const labelled = (job?.[1] ?? '')
      .replace('b: number)', 'b: number, label?: string)')
      .replace('a + b', 'label ?? a + b')
    expect(labelled).toContain('label ??')
    await follow([...files, ['src/jobs/addition.ts', labelled]])
  }, 120_000)

  it('says what the last command prints, and which call does not compile', () => {
    expect(tutorial).toContain('It prints `addition SUCCESS 10`.')
    expect(tutorial).toContain("`client.jobs.addition({ a: '4', b: 6 })`")
  })

  it('names a call that indeed does not compile', async () => {
    const queue = join(project, 'src/queue.ts')
    const text = await readFile(queue, 'utf8')
    await writeFile(queue, text.replace('{ a: 4, b: 6 }', "{ a: '4', b: 6 }"))
    const failed = shell('npx tsc', project).then(
      () => 'it compiled',
      (error: unknown) => (error as { stdout: string }).stdout,
    )
    expect(await failed).toContain('src/queue.ts(5,')
  }, 60_000)
})
