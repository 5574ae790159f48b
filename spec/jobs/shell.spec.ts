import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ShellError } from 'pulsar-queue'
import type { ShellOptions } from 'pulsar-queue'
import { shell } from '../../lib/jobs/shell.js'
import { isAlive } from '../support/processes.js'
import { until } from '../support/until.js'

const run = async (command: string, options: ShellOptions = {}, signal = new AbortController().signal, grace = 5_000) =>
  await shell(command, options, { signal, grace, variables: process.env })

const failure = async (command: string, options: ShellOptions = {}): Promise<ShellError> =>
  await run(command, options).then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error as ShellError,
  )

describe('a shell command', () => {
  let directory: string

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'pq-shell-'))
  })
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true })
  })

  it('resolves to its stdout, unchanged', async () => {
    expect(await run('printf "Grüße\\n\\n"; echo aside >&2')).toBe('Grüße\n\n')
  })

  it('has the input, the directory and the variables that it is given, beside the variables of this process', async () => {
    const options = { input: 'abc', cwd: directory, env: { GREETING: 'ciao', HOME: undefined } }
    expect(await run('cat; echo " $GREETING ${HOME:-none} ${PATH:+path}"; cat > written < /dev/null', options)).toBe(
      'abc ciao none path\n',
    )
    expect(existsSync(join(directory, 'written'))).toBe(true)
  })

  it('has an empty stdin where there is no input', async () => {
    expect(await run('cat')).toBe('')
  })

  it('need not read its input', async () => {
    expect(await run('echo done', { input: 'x'.repeat(1_000_000) })).toBe('done\n')
  })

  it('reads and writes more than a pipe holds, on each stream', async () => {
    const input = 'x'.repeat(3_000_000)
    const output = await run('cat > copy; cat copy >&2; cat copy', { input, cwd: directory })
    expect(output === input).toBe(true)
  })

  it('throws a ShellError with its exit code and its output', async () => {
    const error = await failure('echo out; echo err >&2; exit 3')
    expect(error).toBeInstanceOf(ShellError)
    expect(error).toMatchObject({ code: 'PQ_SHELL', exitCode: 3, signal: null, stdout: 'out\n', stderr: 'err\n' })
    expect(error.message).toContain('ended with exit code 3: err')
  })

  it('throws a ShellError with the signal that ended it', async () => {
    expect(await failure('kill -KILL $$')).toMatchObject({ exitCode: null, signal: 'SIGKILL' })
  })

  it('keeps the end of a long stderr', async () => {
    const error = await failure('yes | head -c 3000000 >&2; echo the end >&2; exit 1')
    expect(error.stderr.length).toBeLessThan(1_200_000)
    expect(error.stderr).toMatch(/the end\n$/)
    expect(error.message.length).toBeLessThan(3_000)
  })

  it('is stopped when it writes too much', async () => {
    const error = await failure('yes')
    expect(error.message).toContain('wrote more than 67108864 bytes on stdout')
    expect(error.stdout.length).toBeLessThanOrEqual(67_108_864)
  })

  it.each([
    ['a directory that is not there', 'true', { cwd: '/no/such/directory' }],
    ['a directory with a NUL', 'true', { cwd: 'a\0b' }],
  ])('throws a ShellError when it cannot be started: %s', async (_what, command, options) => {
    const error = await failure(command, options)
    expect(error).toMatchObject({ code: 'PQ_SHELL', exitCode: null, signal: null })
    expect(error.message).toContain('could not be started')
  })

  it.each([[''], ['  '], ['echo a\0b'], [undefined as never], [['ls'] as never]])(
    'is refused when it is no command: %j',
    async (command) => {
      await expect(run(command)).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION', option: 'command' })
    },
  )

  it('is stopped with all processes that it has started, and throws the reason of the signal', async () => {
    const [controller, reason] = [new AbortController(), new Error('enough')]
    const file = join(directory, 'pids')
    const command = `sh -c 'echo $$ >> ${file}; exec sleep 1000' & echo $$ >> ${file}; wait`
    const ended = run(command, {}, controller.signal)
    const pids = await until('both processes', () => pidsIn(file, 2))
    controller.abort(reason)
    await expect(ended).rejects.toBe(reason)
    for (const pid of pids) await until('a process to end', () => (isAlive(pid) ? undefined : true))
  })

  it('is killed when it ignores SIGTERM', async () => {
    const controller = new AbortController()
    const file = join(directory, 'stubborn')
    const stubborn = `trap "" TERM; echo $$ >> ${file}; while :; do sleep 0.05; done`
    const ended = run(`sh -c '${stubborn}' & ${stubborn}`, {}, controller.signal, 50)
    const pids = await until('both processes', () => pidsIn(file, 2))
    controller.abort()
    await expect(ended).rejects.toThrow()
    for (const pid of pids) await until('a process to end', () => (isAlive(pid) ? undefined : true))
  })

  it('does not start when its signal is aborted already', async () => {
    const file = join(directory, 'never')
    await expect(run(`touch ${file}`, {}, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late')
    expect(existsSync(file)).toBe(false)
  })

  it('resolves to an empty text when it is interactive', async () => {
    expect(await run('true', { interactive: true })).toBe('')
  })
})

function pidsIn(file: string, count: number): number[] | undefined {
  if (!existsSync(file)) return undefined
  const pids = readFileSync(file, 'utf8').trim().split('\n').map(Number)
  return pids.length === count ? pids : undefined
}
