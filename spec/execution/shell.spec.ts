import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Api } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/until.js'

const JOBS = new URL('./fixtures/shell-jobs.ts', import.meta.url)

describe.each(['asyncio', 'thread', 'process'])('the shell of a job of concurrency %s', (mode) => {
  let directory: string
  let app: PulsarQueue
  let api: Api

  const run = async (name: string, args: Record<string, unknown>) => await api.tasks.queue(`${mode}.${name}`, args)

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pq-shell-'))
    const dataStore = 'embedded::memory:'
    app = new PulsarQueue({
      dataStore,
      taskPaths: [JOBS],
      parseConsole: false,
      workers: 0,
      logLevel: 'silent',
      leaseTtl: '1s',
    })
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
    for (const pid of started)
      await until('a process to end', () => (existsSync(`/proc/${pid}/exe`) ? undefined : true))
    await until('the job to clean up', () => (existsSync(cleaned) ? true : undefined))
  })
})
