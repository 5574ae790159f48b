import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRedisServer } from '../support/redis-server.js'
import type { ServerProcess } from '../support/server-process.js'
import { startServer } from '../support/server-process.js'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a sample as `npx jiti samples/...` does. Rejects when it does not end with exit code 0. */
async function sample(path: string, env: Record<string, string> = {}): Promise<string[]> {
  const jiti = join(ROOT, 'node_modules/jiti/lib/jiti-cli.mjs')
  const { stdout } = await run(process.execPath, [jiti, join(ROOT, 'samples', path)], {
    env: { ...process.env, ...env },
    cwd: ROOT,
  })
  return stdout.trim().split('\n')
}

describe('the samples', () => {
  let directory: string

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'pq-samples-'))
  })
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true })
  })

  it('quickstart: a server process runs what another process queues', async () => {
    const env = { PULSAR_DATA_STORE: `embedded:${join(directory, 'quickstart')}`, PULSAR_LOG_LEVEL: 'warn' }
    const script = join(ROOT, 'samples/quickstart/manage.ts')
    let server: ServerProcess | undefined
    try {
      server = await startServer('--import', ['jiti/register', script, '--workers', '1'], env)
      expect(await sample('quickstart/queue.ts', env)).toEqual(['addition SUCCESS 10'])
      expect(await server.kill('SIGTERM')).toBe(0)
    } finally {
      await server?.kill('SIGKILL')
    }
  })

  it('typed-client: results are typed, and wrong arguments are refused', async () => {
    expect(await sample('typed-client/main.ts')).toEqual([
      'sum 10',
      'sums 2 4',
      'words 2 queue',
      'jobs addition text.statistics',
      'addition: expected argument b to be a number, got "6"',
    ])
  })

  it('alerts: a queue that nobody works off is told', async () => {
    expect(await sample('alerts/main.ts')).toEqual([
      'firing [shop] noWorker: queue reports has 1 ready task and no worker',
    ])
  })

  it('manager-override: a manager bound by token or by argument hears of every task', async () => {
    const heard = 'addition QUEUED, addition STARTED, addition SUCCESS'
    expect(await sample('manager-override/main.ts')).toEqual([`by token ${heard}`, `by argument ${heard}`])
  })

  it('typedi: services and the manager come from TypeDI', async () => {
    expect(await sample('typedi/main.ts')).toEqual(['Hello, Ada', 'Ciao, Ada', 'messages 6'])
  })

  it('embedded: two processes share a directory', async () => {
    expect(await sample('embedded/main.ts')).toEqual(['results 3 7', 'here false waiting 0', 'consumer ended with 0'])
  })

  it('redis: the same program on Redis', async () => {
    const redis = await startRedisServer()
    try {
      expect(await sample('redis/main.ts', { PULSAR_DATA_STORE: redis.url })).toEqual(['redis SUCCESS 10'])
    } finally {
      await redis.stop()
    }
  })

  it('delayed: a task starts after its delay, or expires', async () => {
    expect(await sample('delayed/main.ts')).toEqual([
      'QUEUED undefined',
      'SUCCESS 10 after its delay',
      'revoked true',
      'REVOKED',
    ])
  })

  it('dto: arguments are the members of a class, and its decorators check them', async () => {
    expect(await sample('dto/main.ts')).toEqual([
      'Engines to ada@example.org, now',
      '320x240',
      'PQ_INVALID_ARGUMENTS to an array of 1',
    ])
  })

  it('thread-io: the text of real Word documents, extracted in worker threads', async () => {
    expect(await sample('thread-io/main.ts')).toEqual([
      'contributing.docx complete in a thread true',
      'licence.docx complete in a thread true',
      'source-map.docx complete in a thread true',
    ])
  })

  it('cpu-bound: real files, hashed in child processes', async () => {
    expect(await sample('cpu-bound/main.ts')).toEqual(['files true hashes equal true', 'in other processes true'])
  })

  it('green-io: a crawler that stops at any step', async () => {
    expect(await sample('green-io/main.ts')).toEqual(['pages 25', 'revoked true REVOKED'])
  })

  it('periodic: jobs by interval, by cron and by a schedule of their own', async () => {
    expect(await sample('periodic/main.ts')).toEqual([
      'every tick on time true',
      'morning.report is due within three days true',
    ])
  })

  it('testing: an application tests its jobs with the runner that it has', async () => {
    const args = ['--import', 'jiti/register', '--test', '--test-reporter', 'tap', 'samples/testing/reminders.test.ts']
    const { stdout } = await run(process.execPath, args, { cwd: ROOT })
    expect(stdout).toMatch(/^# pass 3$/m)
    expect(stdout).toMatch(/^# fail 0$/m)
  })

  it('rpc: tasks are queued over HTTP, with a token and with metadata from the manager', async () => {
    expect(await sample('rpc/main.ts')).toEqual([
      'SUCCESS 10 {"order":17,"caller":"sample","from":"127.0.0.1"}',
      '2 1,4,9',
      '3 -32602 addition: expected argument c to be absent, got an unknown argument; it takes a, b',
      '4 -32601 there is no such method',
      'healthz 200 {"status":"alive"}',
      'readyz 200 {"status":"ready"}',
      'without the token 401',
    ])
  })

  it('custom-consumer: messages of another type beside tasks', async () => {
    expect(await sample('custom-consumer/main.ts')).toEqual([
      'consumers tasks, readings',
      'warm 1 of 3',
      'heard warm 31.5',
      'average 22.5',
    ])
  })
})
