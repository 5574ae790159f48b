import { fileURLToPath } from 'node:url'
import { PulsarQueue } from 'pulsar-queue'
import { afterEach, describe, expect, it } from 'vitest'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'
import type { ServerProcess } from '../support/server-process.js'
import { startServer } from '../support/server-process.js'

const MANAGE = fileURLToPath(new URL('./fixtures/manage.mjs', import.meta.url))
const JOBS = new URL('./fixtures/jobs.ts', import.meta.url)

describe('a Redis that is killed and started again', () => {
  let redis: RedisServer | undefined
  let server: ServerProcess | undefined
  let app: PulsarQueue | undefined

  afterEach(async () => {
    await app?.close()
    await server?.kill('SIGKILL')
    await redis?.stop()
  })

  it('loses no acknowledged task, and workers and futures go on by themselves', async () => {
    redis = await startRedisServer(['--appendonly', 'yes', '--appendfsync', 'always'])
    app = new PulsarQueue({ dataStore: redis.url, taskPaths: [JOBS], parseConsole: false, logLevel: 'silent' })
    const api = await app.api().start()
    server = await startServer(MANAGE, [
      '--data-store',
      redis.url,
      '--workers',
      '0',
      '--concurrent-tasks',
      '4',
      '--log-level',
      'error',
    ])
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
})
