import { fileURLToPath } from 'node:url'
import { PulsarQueue } from 'pulsar-queue'
import { afterEach, describe, expect, it } from 'vitest'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'
import type { ServerProcess } from '../support/server-process.js'
import { startServer } from '../support/server-process.js'
import { until } from '../support/until.js'

const MANAGE = fileURLToPath(new URL('./fixtures/manage.mjs', import.meta.url))
const JOBS = new URL('./fixtures/jobs.ts', import.meta.url)

describe('a Redis', () => {
  let redis: RedisServer | undefined
  const servers: ServerProcess[] = []
  let app: PulsarQueue | undefined

  afterEach(async () => {
    await app?.close()
    for (const server of servers.splice(0)) await server.kill('SIGKILL')
    await redis?.stop()
  })

  async function serve(url: string, ...more: string[]): Promise<ServerProcess> {
    const settings = ['--data-store', url, '--workers', '0', '--concurrent-tasks', '4', '--log-level', 'warn']
    const server = await startServer(MANAGE, [...settings, ...more])
    servers.push(server)
    return server
  }

  it('that is killed and started again loses no acknowledged task, and workers and futures go on by themselves', async () => {
    redis = await startRedisServer(['--appendonly', 'yes', '--appendfsync', 'always'])
    app = new PulsarQueue({ dataStore: redis.url, taskPaths: [JOBS], parseConsole: false, logLevel: 'silent' })
    const api = await app.api().start()
    const server = await serve(redis.url)
    const acknowledged = await Promise.all(
      api.tasks.queueMany(
        'patient',
        Array.from({ length: 12 }, () => ({ effects: '/dev/null', limit: 150 })),
        { callback: false },
      ),
    )
    const ends = acknowledged.map(async ({ doneCallback }) => await doneCallback.wait())
    await ends[0]
    await redis.restart()
    const during = api.tasks.queueMany('addition', [{ a: 1 }, { a: 2 }, { a: 3 }])
    const tasks = await Promise.all(ends)
    expect(tasks.map(({ statusString }) => statusString)).toEqual(tasks.map(() => 'SUCCESS'))
    expect((await Promise.all(during)).map(({ result }) => result)).toEqual([2, 3, 4])
    expect(await server.kill('SIGTERM')).toBe(0)
  }, 40_000)

  it('that stalls for longer than a lease costs the workers their leases and no task a run', async () => {
    redis = await startRedisServer()
    app = new PulsarQueue({ dataStore: redis.url, taskPaths: [JOBS], parseConsole: false, logLevel: 'silent' })
    const api = await app.api().start()
    const workers = await Promise.all([1, 2, 3].map(async () => await serve(String(redis?.url), '--lease-ttl', '1s')))
    const futures = api.tasks.queueMany(
      'patient',
      Array.from({ length: 12 }, () => ({ effects: '/dev/null', limit: 4_000 })),
    )
    await until('all to run', async () => {
      const tasks = await Promise.all(futures.map(async ({ id }) => await api.tasks.get(id)))
      return tasks.every((task) => task?.statusString === 'STARTED') ? true : undefined
    })
    redis.signal('SIGSTOP')
    const hasLost = (worker: ServerProcess): boolean => worker.output().includes('lease on queue pulsarqueue was lost')
    await until('all to lose their leases', () => (workers.every(hasLost) ? true : undefined))
    redis.signal('SIGCONT')
    for (const task of await Promise.all(futures)) expect(task).toMatchObject({ statusString: 'SUCCESS', retry: 1 })
    for (const worker of workers) expect(await worker.kill('SIGTERM')).toBe(0)
  })
})
