import { fileURLToPath } from 'node:url'
import type { Api } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'
import type { ServerProcess } from '../support/server-process.js'
import { startServer } from '../support/server-process.js'
import { until } from '../support/until.js'

const MANAGE = fileURLToPath(new URL('./fixtures/log-manage.mjs', import.meta.url))
const JOBS = new URL('./fixtures/log-jobs.ts', import.meta.url)
const SECRET = 's3cret-of-redis'

interface Line {
  readonly level: number
  readonly name: string
  readonly msg: string
  readonly task?: string
  readonly run?: number
}

describe('the logs of a server', () => {
  let redis: RedisServer
  let url: string
  let server: ServerProcess
  let app: PulsarQueue
  let api: Api

  const lines = (): Line[] =>
    server
      .output()
      .split('\n')
      .filter((line) => line !== '' && line !== 'ready')
      .map((line) => JSON.parse(line) as Line)

  beforeAll(async () => {
    redis = await startRedisServer(['--requirepass', SECRET])
    url = redis.url.replace('redis://', `redis://:${SECRET}@`)
    server = await startServer(MANAGE, [
      '--data-store',
      url,
      '--workers',
      '2',
      '--log-level',
      'debug',
      '--name',
      'shop',
    ])
    app = new PulsarQueue({ dataStore: url, taskPaths: [JOBS], logLevel: 'silent', name: 'shop' })
    api = await app.api().start()
  })
  afterAll(async () => {
    await server.kill('SIGTERM')
    await app.close()
    await redis.stop()
  })

  it('tell of the set-up of the store once, whatever the number of workers', () => {
    const told = lines().filter(({ msg }) => msg.includes('appendonly'))
    expect(told).toMatchObject([
      { level: 30, msg: expect.stringMatching(/has no append-only file: .*; set appendonly/) as string },
    ])
    expect(lines().filter(({ level }) => level > 30)).toEqual([])
  })

  it('are one JSON object a line where no terminal is, each of a run with its job and its task', async () => {
    const failed = await api.tasks.queue('noisy', { fails: true })
    const inThread = await api.tasks.queue('noisy.thread')
    const inProcess = await api.tasks.queue('noisy.process')
    const of = (id: string): string[] =>
      lines()
        .filter(({ task }) => task === id)
        .map(({ name, run, msg }) => `${name} ${String(run)} ${msg}`)
    expect(of(failed.id)).toEqual([
      'shop.noisy 1 said by the job',
      'shop.noisy.part 1 said by a part of it',
      'shop.noisy 1 the task failed and will run again in 0 s: went wrong',
      'shop.noisy 2 said by the job',
      'shop.noisy.part 2 said by a part of it',
      'shop.noisy 2 the task failed: went wrong',
    ])
    expect(of(inThread.id)).toEqual(['shop.noisy.thread 1 said in a thread', 'shop.noisy.thread 1 printed in a thread'])
    expect(of(inProcess.id).sort()).toEqual([
      'shop.noisy.process 1 printed in a process',
      'shop.noisy.process 1 said in a process',
    ])
    for (const line of lines()) expect(line.name).toMatch(/^shop(\.|$)/)
  })

  it('have no password in them, also when the server cannot be reached or refuses it', async () => {
    expect(server.output()).toContain('redis://')
    expect(server.output()).not.toContain(SECRET)
    expect(JSON.stringify(api.info())).not.toContain(SECRET)
    await redis.kill()
    await until('a complaint', () => (lines().some(({ level }) => level >= 40) ? true : undefined))
    await redis.restart()
    expect((await api.tasks.queue('noisy')).statusString).toBe('SUCCESS')
    expect(server.output()).not.toContain(SECRET)

    const wrong = url.replace(SECRET, 'another-secret')
    const refused = await startServer(MANAGE, ['--data-store', wrong, '--workers', '0']).catch(String)
    expect(refused).toMatch(/WRONGPASS|password/i)
    expect(refused).not.toContain('another-secret')
  })
})
