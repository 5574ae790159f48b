import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Api } from 'pulsar-queue'
import { Logger, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KeptLogger } from '../support/kept-logger.js'
import { isAlive } from '../support/processes.js'
import { until } from '../support/until.js'

const JOBS = new URL('./fixtures/shell-jobs.ts', import.meta.url)

describe.each(['asyncio', 'thread', 'process'])('the shell of a job of concurrency %s', (mode) => {
  let directory: string
  let app: PulsarQueue
  let api: Api

  const logger = new KeptLogger()
  const run = async (name: string, args: Record<string, unknown> = {}, options: object = {}) =>
    await api.tasks.queue(`${mode}.${name}`, args, options)

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pq-shell-'))
    const dataStore = 'embedded::memory:'
    app = new PulsarQueue({
      dataStore,
      taskPaths: [JOBS],
      parseConsole: false,
      workers: 0,
      leaseTtl: '1s',
    })
    app.container.register(Logger, { useValue: logger })
    process.env['PQ_SPEC_DELETED'] = 'set in the worker'
    api = await app.api().start()
    await app.start()
  })
  afterAll(async () => {
    await app.close()
    rmSync(directory, { recursive: true, force: true })
  })

  it('resolves to the stdout of the command', async () => {
    expect((await run('shell', { command: 'echo hello' })).result).toBe('hello\n')
  })

  it('fails the task with the stderr of the command', async () => {
    const task = await run('shell', { command: 'echo no good >&2; exit 4' })
    expect(task.statusString).toBe('FAILURE')
    expect(task.exception).toMatch(/ended with exit code 4: no good$/)
  })

  it('stops the command and the processes that it has started when the task is revoked', async () => {
    const [pids, cleaned] = [join(directory, `pids-${mode}`), join(directory, `cleaned-${mode}`)]
    const command = `sh -c 'echo $$ >> ${pids}; exec sleep 1000' & echo $$ >> ${pids}; wait`
    const future = api.tasks.queue(`${mode}.clean`, { command, file: cleaned })
    const started = await until('the command to run', () => {
      const lines = existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n') : []
      return lines.length === 2 ? lines : undefined
    })
    expect(await future.revoke()).toBe(true)
    expect((await future).statusString).toBe('REVOKED')
    for (const pid of started) await until('a process to end', () => (isAlive(Number(pid)) ? undefined : true))
    await until('the job to clean up', () => (existsSync(cleaned) ? true : undefined))
  })
  it('throws an error that tells the exit code and the stderr', async () => {
    expect((await run('fails', { command: 'echo no good >&2; exit 4' })).result).toEqual([4, 'no good\n'])
  })

  it('has the directory and the variables of where the job runs', async () => {
    const { result } = await run('environment', { directory })
    expect(result).toBe(`${realpathSync(directory)}\nset here deleted given path\n`)
  })

  it('may run any number of commands and functions at once', async () => {
    expect(await run('many', { count: 12 })).toMatchObject({ exception: null, result: [] })
  })

  const ends = mode === 'asyncio' ? ['returns', 'throws'] : ['returns', 'throws', 'exits', 'spins']
  it.each(mode === 'process' ? [...ends, 'is killed'] : ends)(
    'leaves no process behind when the job %s and has not waited for the command',
    async (how) => {
      const pids = join(directory, `pids-${mode}-${how}`)
      const command = `sh -c 'echo $$ >> "${pids}"; exec sleep 1000' & echo $$ >> "${pids}"; wait`
      await run('leaves', { command, how, pids }, how === 'spins' ? { timeout: '5s' } : {})
      for (const pid of readFileSync(pids, 'utf8').trim().split('\n')) {
        await until('a process to end, and no zombie to stay', () => (existsSync(`/proc/${pid}`) ? undefined : true))
      }
    },
  )

  it('ends with the run, as do its locks and functions; progress is ignored, and nothing ends the process', async () => {
    await run('lingers')
    await run('opens')
    const used = await until('the uses of the context', () =>
      logger.lines.find(({ message }) => message === 'used late'),
    )
    const over = 'PQ_RUN_OVER'
    const queue = mode === 'asyncio' ? 'done' : over
    expect(used).toMatchObject({
      name: `${mode}.lingers`,
      data: { progress: 'done', lock: over, tryLock: over, shell: over, runInThread: over, queue },
    })
    await until('the last line', () => logger.lines.find(({ message }) => message === 'went on'))
    expect(await run('shell', { command: 'echo still here' })).toMatchObject({ result: 'still here\n', retry: 1 })
    const told = await until('the warnings', () => {
      const late = logger.lines.filter(({ name }) => name === `${mode}.lingers`)
      const warnings = late.filter(({ message }) => message.includes('nobody waits for it'))
      return warnings.length >= (mode === 'asyncio' ? 4 : 5) ? warnings : undefined
    })
    expect(told.map(({ level }) => level)).not.toContain('info')
  })
})
