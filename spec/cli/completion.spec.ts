import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findShell, zshFolders } from '../../.ci/find-shell.mjs'
import { splitLine } from '../../lib/cli/complete/split-line.js'
import { task } from '../stores/redis/fixture.js'
import { Terminal } from '../support/terminal.js'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'lib/cli/pq.js')

let scratch: string
let env: Record<string, string>

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'pulsar-completion-'))
  await mkdir(join(scratch, 'bin'))
  await mkdir(join(scratch, 'node_modules'))
  await symlink(program, join(scratch, 'bin/pq'))
  await symlink(root, join(scratch, 'node_modules/pulsar-queue'))
  await writeFile(join(scratch, 'pulsar.config.mjs'), "export default { taskPaths: ['./jobs.mjs'] }")
  const jobs = `import { defineJob } from 'pulsar-queue'
    export const addition = defineJob({ name: 'addition' }, function (first, second) { return first + second })
    export const double = defineJob({ name: 'double' }, (first, odd) => first * 2)`
  await writeFile(join(scratch, 'jobs.mjs'), jobs)
  const dataStore = `embedded:${join(scratch, '.pulsar')}`
  const app = new PulsarQueue({ dataStore, taskPaths: [], parseConsole: false, logLevel: 'silent' })
  const api = await app.api().start()
  for (const queue of ['mail', 'maps', 'two words']) {
    await api.control.pause(queue)
    await api.control.resume(queue)
  }
  await api.broker.join('mail', { id: 'host-1', slots: 1, leaseTtl: 3_600_000 })
  await api.broker.tick('mail', {
    job: 'report.nightly',
    expected: null,
    at: 1,
    task: task('tick'),
    operation: 'one',
    schedule: 's',
  })
  await app.close()
  env = { PATH: [join(scratch, 'bin'), process.env['PATH']].join(delimiter), HOME: scratch }
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

/** What `pq __complete` prints, cut to what the word can become. */
async function complete(...words: string[]): Promise<string[]> {
  const { stdout, stderr } = await run(process.execPath, [program, '__complete', 'zsh', ...words], { cwd: scratch })
  expect(stderr).toBe('')
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t')[0] ?? '')
}

describe('completion', () => {
  it('knows commands, options and what they take', async () => {
    expect(await complete('re')).toEqual(['retry', 'revoke', 'resume'])
    expect(await complete('help', 'exp')).toEqual(['explain', 'export'])
    expect(await complete('ls', '--st')).toEqual(['--store', '--state'])
    expect(await complete('ls', '--state', '')).toEqual(['ready', 'delayed', 'held', 'failed', 'recent'])
    expect(await complete('start', '--log-level=s')).toEqual(['--log-level=silent'])
    expect(await complete('start', '--keep-logs', '')).toEqual(['failed', 'all', 'none'])
    expect(await complete('start', '--telemetry', '')).toEqual(['auto', 'otel', 'none'])
    expect(await complete('start', '--durability', 'fs')).toEqual(['fsync', 'fsync+replica'])
    expect(await complete('ls', '--message-serializer', 'm')).toEqual(['msgpack'])
    expect(await complete('ls', '--config', '')).toEqual([':files'])
    expect(await complete('workers', 's')).toEqual(['stop'])
    expect(await complete('problems', 're')).toEqual(['resolve', 'reopen'])
    expect(await complete('completion', '')).toEqual(['bash', 'zsh', 'fish'])
    expect(await complete('import', '')).toEqual([':files'])
    expect(await complete('drop', '--export', '')).toEqual([':files'])
    expect(await complete('prioritize', 'x', '--to', '9')).toEqual(['9'])
    expect(await complete('nothing', '')).toEqual([])
  })

  it('knows queues, jobs and their arguments', async () => {
    expect(await complete('ls', 'ma')).toEqual(['mail', 'maps'])
    expect(await complete('ls', 'mail', 'ma')).toEqual(['maps'])
    expect(await complete('queue', '')).toEqual(['addition', 'double'])
    expect(await complete('queue', 'addition', '')).toEqual(['first=', 'second='])
    expect(await complete('queue', 'addition', 'first=1', '')).toEqual(['second='])
    expect(await complete('queue', 'addition', '--queue', 'mai')).toEqual(['mail'])
    expect(await complete('start', '--task-queues', 'maps,ma')).toEqual(['maps,mail', 'maps,maps'])
  })

  it('knows the workers and schedules to which something is done', async () => {
    expect(await complete('workers', 'quiet', 'h')).toEqual(['host-1'])
    expect(await complete('workers', 'quiet', 'host-1', '')).toEqual([])
    expect(await complete('schedules', 'pause', '')).toEqual(['report.nightly'])
    expect(await complete('problems', 'resolve', '')).toEqual([])
  })

  it('knows the keys of filters and their values', async () => {
    expect(await complete('find', 'st')).toEqual(['state:'])
    expect(await complete('find', '-jo')).toEqual(['-job:'])
    expect(await complete('retry', 'state:fail')).toEqual(['state:failed', 'state:failure'])
    expect(await complete('retry', 'state:failed,rev')).toEqual(['state:failed,revoked'])
    expect(await complete('revoke', '-queue:ma')).toEqual(['-queue:mail', '-queue:maps'])
    expect(await complete('move', 'job:')).toEqual(['job:addition', 'job:double'])
    expect(await complete('find', 'args.')).toEqual(['args.first:', 'args.odd:', 'args.second:'])
    expect(await complete('find', 'state:failed', 'job:add*', '-args.')).toEqual(['-args.first:', '-args.second:'])
    expect(await complete('find', '-job:addition', 'args.')).toEqual(['args.first:', 'args.odd:'])
  })

  it('makes no store, and says nothing where none answers', async () => {
    expect(await complete('ls', '--store', 'embedded:./none', 'ma')).toEqual([])
    expect(existsSync(join(scratch, 'none'))).toBe(false)
    expect(await complete('ls', '--store', 'redis://127.0.0.1:1', 'ma')).toEqual([])
  })

  it('reads lines as a shell does', () => {
    expect(splitLine('pq find "state:failed" a\\ b \'c ')).toEqual({
      words: ['pq', 'find', 'state:failed', 'a b', 'c '],
      quote: "'",
    })
    expect(splitLine('pq ').words).toEqual(['pq', ''])
    expect(splitLine('pq ""').words).toEqual(['pq', ''])
  })
})

/** What is typed in each shell before Tab, and the line after it. */
const LINES = [
  ['pq prior', 'pq prioritize '],
  ['pq ls mai', 'pq ls mail '],
  ['pq find sta', 'pq find state:'],
  ['pq find state:fai', 'pq find state:fail'],
  ['pq find -state:rev', 'pq find -state:revoked '],
  ['pq queue add', 'pq queue addition '],
  ['pq queue addition fi', 'pq queue addition first='],
  ['pq ls two', 'pq ls two\\ words '],
  ['pq start --log-level=si', 'pq start --log-level=silent '],
  ['pq import pulsar.c', 'pq import pulsar.config.mjs '],
] as const

/** Types each line and Tab, and waits for the whole of it. */
async function typeLines(terminal: Terminal): Promise<void> {
  for (const [typed, line] of LINES) {
    terminal.type(`${typed}\t#`)
    await terminal.until(({ text }) => text.includes(`${line}#`))
    // Empties the line.
    terminal.type('\u0015')
  }
  terminal.type('exit 0\r')
  expect(await terminal.exit()).toBe(0)
}

describe('the completion script', () => {
  it('of bash completes lines as they are typed', async () => {
    await using terminal = new Terminal(['bash', '--norc', '--noprofile', '-i'], 100, 60, { cwd: scratch, env })
    terminal.type(`PS1='$ '; bind 'set enable-bracketed-paste off'; eval "$(pq completion bash)"; echo re''ady\r`)
    await terminal.until(({ text }) => text.includes('ready'))
    await typeLines(terminal)
  })

  it('of zsh completes lines as they are typed', async (test) => {
    const zsh = await shellOr(test, 'zsh')
    const folders = zsh.root === null ? null : zshFolders(zsh.root)
    const paths = folders === null ? '' : `fpath=(${folders.functions.join(' ')})\nmodule_path=(${folders.modules})`
    await writeFile(join(scratch, '.zshenv'), paths)
    const lines = [
      "PS1='$ '",
      'unsetopt prompt_sp',
      'autoload -Uz compinit && compinit -u -D',
      'eval "$(pq completion zsh)"',
    ]
    await writeFile(join(scratch, '.zshrc'), lines.join('\n'))
    await using terminal = new Terminal([zsh.path, '-d', '-i'], 100, 60, {
      cwd: scratch,
      env: { ...env, ZDOTDIR: scratch },
    })
    terminal.type("echo re''ady\r")
    await terminal.until(({ text }) => text.includes('ready'))
    await typeLines(terminal)
  })

  it('of fish gives the same', async (test) => {
    const fish = await shellOr(test, 'fish')
    const asked = LINES.map(([typed]) => `echo (complete -C '${typed}' | string split -f1 \\t | string join ,)`)
    const functions = fish.root === null ? '' : `set fish_function_path ${join(fish.root, 'usr/share/fish/functions')}`
    const script = [functions, 'pq completion fish | source', ...asked].join('\n')
    const { stdout } = await run(fish.path, ['--no-config', '-c', script], {
      cwd: scratch,
      env: { ...process.env, ...env },
    })
    expect(stdout.trimEnd().split('\n')).toEqual([
      'prioritize',
      'mail',
      'state:',
      'state:failed,state:failure',
      '-state:revoked',
      'addition',
      'first=',
      'two words',
      '--log-level=silent',
      'pulsar.config.mjs',
    ])
  })
})

/** A shell, installed or fetched; where neither is possible the spec is skipped, and says so where nobody overlooks it. */
async function shellOr(test: { skip: (note: string) => never }, name: 'zsh' | 'fish'): ReturnType<typeof findShell> {
  try {
    return await findShell(name)
  } catch (error) {
    process.stderr.write(`\n!!! The completion of ${name} was not tried: there is no ${name}, and ${String(error)}\n\n`)
    return test.skip(`no ${name}`)
  }
}
