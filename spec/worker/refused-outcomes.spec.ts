import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { PulsarQueueOptions, TaskFuture } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startRedisServer } from '../support/redis-server.js'
import { until } from '../support/until.js'

let finish: () => void = () => undefined
let begun: () => void = () => undefined
let signal: AbortSignal
const waits = defineJob({ name: 'waits.for.the.spec' }, async function () {
  signal = this.signal
  begun()
  await new Promise<void>((resolve) => (finish = resolve))
  return 'done'
})

/** A Redis that does not take what is written for a while, and what a producer is told meanwhile. */
const REFUSALS = [
  {
    why: 'it cannot write its files',
    code: 'PQ_BROKER_FULL',
    says: /it cannot write its files \(MISCONF\); look at its log and its disk/,
    begin: async (operator: Redis, directory: string) => {
      mkdirSync(join(directory, 'dump.rdb'))
      await save(operator, 'err')
    },
    end: async (operator: Redis, directory: string) => {
      rmSync(join(directory, 'dump.rdb'), { recursive: true })
      await save(operator, 'ok')
    },
  },
  {
    why: 'its user may not run a command of the scripts',
    code: 'PQ_BROKER_UNREACHABLE',
    says: /; allow its user the commands, keys and channels that docs\/redis\.md lists/,
    begin: async (operator: Redis) => {
      await operator.call('ACL', 'SETUSER', 'me', '-hset', '-rpush')
    },
    end: async (operator: Redis) => {
      await operator.call('ACL', 'SETUSER', 'me', '+hset', '+rpush')
    },
  },
] as const

async function save(operator: Redis, status: string): Promise<void> {
  await operator.call('BGSAVE')
  await until(`the last snapshot is ${status}`, async () => {
    const info = await operator.info('persistence')
    return info.includes(`rdb_last_bgsave_status:${status}`) ? true : undefined
  })
}

/** Serves a Redis in a directory of its own, with one run under way. @param user - as whom; null: as the default one */
async function runOn(
  user: 'me' | null,
  options: PulsarQueueOptions = {},
): Promise<{
  readonly operator: Redis
  readonly directory: string
  readonly tasks: ReturnType<PulsarQueue['api']>['tasks']
  readonly future: TaskFuture
}> {
  const directory = mkdtempSync(join(tmpdir(), 'pq-refusal-'))
  const server = await startRedisServer(['--dir', directory, '--save', '3600 1'])
  const operator = new Redis(server.url)
  if (user !== null) await operator.call('ACL', 'SETUSER', user, 'on', '>secret', '~*', '&*', '+@all')
  const dataStore = user === null ? server.url : server.url.replace('redis://', `redis://${user}:secret@`)
  const app = new PulsarQueue({ dataStore, workers: 0, parseConsole: false, logLevel: 'silent', ...options })
  onTestFinished(async () => {
    await app.close()
    operator.disconnect()
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  await app.start()
  const { tasks } = await app.api().start()
  const began = new Promise<void>((resolve) => (begun = resolve))
  const future = tasks.queue(waits, {})
  await began
  return { operator, directory, tasks, future }
}

describe('a Redis that refuses to write for a while', () => {
  it.each(REFUSALS)('because $why gets the outcomes of runs afterwards, as they were', async (refusal) => {
    const { operator, directory, tasks, future } = await runOn('me')
    await refusal.begin(operator, directory)
    const refused = async (): Promise<number> =>
      Number(/failed_calls=(\d+)/.exec(/cmdstat_evalsha:.*/.exec(await operator.info('commandstats'))?.[0] ?? '')?.[1])
    const before = await refused()
    finish()
    await until('the outcome to be refused', async () => ((await refused()) > before ? true : undefined))
    await expect(tasks.queue(waits, {})).rejects.toMatchObject({
      code: refusal.code,
      message: expect.stringMatching(refusal.says) as unknown,
    })
    await refusal.end(operator, directory)
    expect(await future).toMatchObject({ statusString: 'SUCCESS', result: 'done', retry: 1 })
  })

  it('because it cannot write its files keeps the runs of a worker whose lease it cannot renew', async () => {
    const { operator, directory, future } = await runOn(null, { leaseTtl: '1s' })
    const [{ begin, end }] = REFUSALS
    await begin(operator, directory)
    await until('its lease to be over for as long as it lasts, and a heartbeat to have come since', async () => {
      const [, expiry] = await operator.zrange('{pq:pulsarqueue}:w', '0', '0', 'WITHSCORES')
      const [seconds] = await operator.time()
      return Number(seconds) * 1_000 > Number(expiry) + 2_000 ? true : undefined
    })
    expect(signal.aborted).toBe(false)
    finish()
    await end(operator, directory)
    expect(await future).toMatchObject({ statusString: 'SUCCESS', result: 'done', retry: 1 })
  })
})
