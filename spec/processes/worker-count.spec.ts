import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { childrenOf, isAlive } from '../support/processes.js'
import type { ServerProcess } from '../support/server-process.js'
import { Servers } from '../support/server-process.js'
import { until } from '../support/until.js'
import { pidOf, spinTasks, startSpinning } from './spin.js'

const MANAGE = fileURLToPath(new URL('fixtures/manage.mjs', import.meta.url))
const JOBS = new URL('../worker/fixtures/jobs.ts', import.meta.url)
const WORKERS = 2

describe('worker processes are exactly those that were asked for', () => {
  let directory: string
  let url: string
  let hold: string
  let app: PulsarQueue
  let api: Api
  let server: ServerProcess
  const servers = new Servers(MANAGE)

  const serve = async (...more: string[]): Promise<void> => {
    const settings = ['--workers', String(WORKERS), '--lease-ttl', '2s', '--log-level', 'info']
    server = await servers.start(url, { HOLD: hold }, [...settings, ...more])
  }
  const children = (): number[] => childrenOf(server.pid)
  const count = async (expected: number): Promise<number[]> =>
    await until(`${String(expected)} worker processes`, () => {
      const pids = children()
      return pids.length === expected ? pids : undefined
    })
  const times = (text: string): number => server.output().split(text).length - 1
  /** Waits until the output has a text that often. There is never more than one process too many meanwhile. */
  const says = async (text: string, often = 1): Promise<void> => {
    await until(`${String(often)} × ${text}`, () => {
      expect(children().length).toBeLessThanOrEqual(WORKERS + 1)
      return times(text) >= often ? true : undefined
    })
  }
  /** Holds the replacement of the first worker in the middle of its start. */
  const holdRoll = async (): Promise<void> => {
    writeFileSync(hold, '')
    server.process.kill('SIGHUP')
    await count(WORKERS + 1)
  }

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pq-count-'))
    url = `embedded:${join(directory, 'store')}`
    hold = join(directory, 'hold')
    app = new PulsarQueue({ dataStore: url, taskPaths: [JOBS], logLevel: 'silent' })
    api = await app.api().start()
  })
  afterEach(async () => {
    await servers.kill()
    await app.close()
    rmSync(directory, { recursive: true })
  })

  it('when one ends by itself while its replacement starts', async () => {
    await serve()
    const before = await count(WORKERS)
    await holdRoll()
    for (const pid of before) process.kill(pid, 'SIGKILL')
    await says('its replacement starts already')
    await says('another starts in')
    rmSync(hold)
    await says('all worker processes are replaced')
    const after = await count(WORKERS)
    expect(before.some((pid) => after.includes(pid))).toBe(false)
    const consumers = new Set<number>()
    // The one that was started last may not consume yet.
    await until('each of them to have run a task', async () => {
      for (const task of await spinTasks(api, 40)) consumers.add(pidOf(task))
      return consumers.size >= WORKERS ? true : undefined
    })
    expect(consumers).toEqual(new Set(after))
    expect(await server.kill('SIGTERM')).toBe(0)
    expect(after.some(isAlive)).toBe(false)
  })

  it('when all of them have run maxRequests tasks while one is replaced', async () => {
    await serve('--max-requests', '10')
    const before = await count(WORKERS)
    await holdRoll()
    await until('both to ask for a replacement', async () => {
      await spinTasks(api, 20)
      return times('has run its maxRequests tasks') >= WORKERS ? true : undefined
    })
    await count(WORKERS + 1)
    rmSync(hold)
    await says('all worker processes are replaced')
    const after = await count(WORKERS)
    expect(before.some((pid) => after.includes(pid))).toBe(false)
  })

  it('when SIGHUP comes again and again during a roll: one more roll follows', async () => {
    await serve()
    await holdRoll()
    for (const often of [1, 2, 3]) {
      server.process.kill('SIGHUP')
      server.process.kill('SIGUSR2')
      await says('heard', often)
    }
    // The replacement of the first roll is the only one until it consumes.
    await count(WORKERS + 1)
    rmSync(hold)
    await says('all worker processes are replaced', 2)
    await count(WORKERS)
    expect(times('replaces 2 worker processes')).toBe(2)
  })

  it('when the supervisor is killed while its workers start: they end, too', async () => {
    writeFileSync(hold, '')
    const settings = ['--data-store', url, '--workers', String(WORKERS)]
    const supervisor = spawn(process.execPath, [MANAGE, ...settings], {
      env: { ...process.env, HOLD: hold },
      stdio: 'ignore',
    })
    const ended = once(supervisor, 'exit')
    try {
      const workers = await until('the worker processes', () => {
        const pids = childrenOf(supervisor.pid ?? 0)
        return pids.length === WORKERS ? pids : undefined
      })
      supervisor.kill('SIGKILL')
      await ended
      expect(workers.every(isAlive)).toBe(true)
      rmSync(hold)
      await until('the workers to end', () => (workers.some(isAlive) ? undefined : true))
    } finally {
      supervisor.kill('SIGKILL')
    }
  })

  it('when the supervisor is killed while a job spins: the worker ends with the grace period', async () => {
    await serve('--grace-period', '200ms')
    const workers = await count(WORKERS)
    await startSpinning(api)
    await server.kill('SIGKILL')
    await until('the workers to end', () => (workers.some(isAlive) ? undefined : true))
  })

  it('when SIGTERM finds a job that spins: the worker is killed, and the supervisor ends after it with code 1', async () => {
    await serve('--grace-period', '200ms')
    const workers = await count(WORKERS)
    await startSpinning(api)
    expect(await server.kill('SIGTERM')).toBe(1)
    expect(server.output()).toContain('did not end in time and is killed')
    expect(workers.some(isAlive)).toBe(false)
  })
})
