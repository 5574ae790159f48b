import { Redis } from 'ioredis'
import type { ClaimedTask, NewTask, Settlement, ReclaimOptions } from 'pulsar-queue'
import { SUCCESS } from 'pulsar-queue'
import { afterEach, beforeEach } from 'vitest'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import type { RedisServer } from '../../support/redis-server.js'
import { startRedisServer } from '../../support/redis-server.js'
import type { TcpProxy } from '../../support/tcp-proxy.js'
import { startTcpProxy } from '../../support/tcp-proxy.js'
import { until } from '../../support/until.js'
import { newTask } from '../../support/new-task.js'

export const task = (id: string, more: Partial<NewTask> = {}): NewTask => newTask(id, { job: 'x', ...more })

export const done = (claimed: ClaimedTask): Settlement => ({
  kind: 'done',
  task: claimed,
  status: SUCCESS,
  outcome: '{}',
  ttl: 1,
})

const RECLAIM: ReclaimOptions = { crashCap: 3, outcome: '{}', ttl: 60_000, grace: 10 }

/** A server of each spec's own, and what it opens there. All is closed after the spec. */
export class Fixture {
  server!: RedisServer
  /** A plain client: what an operator sees. */
  redis!: Redis
  broker!: RedisBroker
  readonly #closing: (() => Promise<void>)[] = []

  async open(url = this.server.url): Promise<RedisBroker> {
    const broker = new RedisBroker(url)
    this.#closing.push(async () => {
      await broker.close()
    })
    await broker.connect()
    return broker
  }

  async proxy(): Promise<TcpProxy> {
    const proxy = await startTcpProxy(this.server.port)
    this.#closing.unshift(async () => {
      await proxy.stop()
    })
    return proxy
  }

  /** Joins `q` and claims; then is as good as dead. */
  async holdAndDie(worker: string, slots: number, max: number): Promise<void> {
    await this.broker.join('q', { id: worker, slots, leaseTtl: 20 })
    await this.broker.settle({ queue: 'q', worker, lane: 0, seq: 1 }, [], max)
    await until(`${worker} to be condemned`, async () =>
      (await this.broker.reclaim('q', RECLAIM)).condemned.includes(worker) ? true : undefined,
    )
    for (let more = true; more;) ({ more } = await this.broker.reclaim('q', RECLAIM))
  }

  async setUp(): Promise<void> {
    this.server = await startRedisServer()
    this.redis = new Redis(this.server.port, '127.0.0.1')
    this.broker = await this.open()
  }

  async tearDown(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close()
    this.redis.disconnect()
    await this.server.stop()
  }
}

/** Makes a fixture that is new for each spec. */
export function useFixture(): Fixture {
  const fixture = new Fixture()
  beforeEach(async () => {
    await fixture.setUp()
  })
  afterEach(async () => {
    await fixture.tearDown()
  })
  return fixture
}
