import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { clockIsFixed, shiftedClock } from '../../support/shifted-clock.js'
import type { ShiftedClock } from '../../support/shifted-clock.js'
import { startRedisServer } from '../../support/redis-server.js'
import { startTcpProxy } from '../../support/tcp-proxy.js'
import { until } from '../../support/until.js'
import type { FaultRun } from '../harness/fault-run.js'
import { makeRedisStore, redisStore } from '../harness/test-store.js'
import type { TestStore } from '../harness/test-store.js'
import { burnedRuns } from './burned-runs.js'
import type { Scenario } from './scenario.js'

const SHIFT_DATE = new URL('../../support/shift-date.mjs', import.meta.url)
const HOUR = 3_600_000
const clocks = new WeakMap<TestStore, ShiftedClock>()

/** Calls the server as an operator does. */
async function operate<T>(run: FaultRun, act: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(run.server.url)
  try {
    return await act(redis)
  } finally {
    redis.disconnect()
  }
}

const unlimited = async (redis: Redis): Promise<unknown> => await redis.config('SET', 'maxmemory', '0')

/** Has the server drop keys until it needs less memory, by so many bytes. */
async function dropKeys(run: FaultRun, bytes: number): Promise<void> {
  await operate(run, async (redis) => {
    const count = async (name: string): Promise<number> =>
      Number(new RegExp(`${name}:(\\d+)`).exec(await redis.info())?.[1])
    const before = await count('evicted_keys')
    await until('keys to be dropped', async () => {
      await redis.config('SET', 'maxmemory', String((await count('used_memory')) - bytes))
      return (await count('evicted_keys')) > before ? true : undefined
    })
  })
}

async function restarts(run: FaultRun): Promise<void> {
  for (let round = 0; round < run.rounds; round++) {
    await run.history.more('started', run.random.between(5, 40))
    await run.fault('server killed', async () => {
      await run.killServer(run.server)
    })
    await run.lift('server killed', async () => {
      await run.server.restart()
    })
  }
}

const persistent = (fsync: string) => async (): Promise<TestStore> =>
  await makeRedisStore(['--appendonly', 'yes', '--appendfsync', fsync], '')

/** F10, F13 to F16: what can happen to a Redis. */
export const SERVER_SCENARIOS: readonly Scenario[] = [
  {
    name: 'F10 always',
    says: 'Redis is killed and started again, with `appendfsync always`',
    stores: ['redis'],
    makeStore: persistent('always'),
    inject: restarts,
  },
  {
    name: 'F10 everysec',
    says: 'Redis is killed and started again, with `appendfsync everysec`',
    stores: ['redis'],
    makeStore: persistent('everysec'),
    inject: restarts,
  },
  {
    name: 'F10 none',
    says: 'Redis is killed and started again, without persistence: it loses what it held',
    stores: ['redis'],
    // Its workers restore the ends that they remember, so these are recorded once more.
    rules: { mayLose: true, mayForget: true },
    inject: restarts,
  },
  {
    name: 'F13',
    says: 'The server’s scripts are flushed',
    stores: ['redis'],
    async inject(run) {
      for (let round = 0; round < 5 * run.rounds; round++) {
        await run.history.more('started', run.random.between(1, 20))
        await run.fault('SCRIPT FLUSH', async () => await operate(run, async (redis) => await redis.script('FLUSH')))
      }
    },
    rules: { noRedelivery: true },
    settings: ['--lease-ttl', '5s'],
  },
  {
    name: 'F14',
    says: 'Redis is full (`maxmemory`, `noeviction`): what is queued drains, and no more is taken',
    stores: ['redis'],
    mix: { pending: 2_000 },
    async inject(run) {
      for (let round = 0; round < run.rounds; round++) {
        await run.history.more('started', run.random.between(5, 40))
        await run.fault(
          'maxmemory',
          async () => await operate(run, async (redis) => await redis.config('SET', 'maxmemory', '1mb')),
        )
        await run.history.more('refused', 20)
        await run.until('what is queued to drain', () => run.running().length === 0)
        await run.lift(
          'maxmemory',
          async () => await operate(run, async (redis) => await redis.config('SET', 'maxmemory', '0')),
        )
      }
    },
    *check(events) {
      for (const event of events)
        if (event.e === 'refused' && event.code !== 'PQ_BROKER_FULL') yield `${event.id} was refused with ${event.code}`
    },
  },
  {
    name: 'F14 evicting',
    says: 'Redis drops keys when it is full (`allkeys-random`), of which workers warn as they start: what is left is found, and goes on',
    stores: ['redis'],
    shows: ['may drop keys', 'drops keys'],
    // Parked tasks wait for ten minutes where it is forgotten that they do. Counters are dropped, and ends, which may be recorded once more.
    mix: { jobs: { 'fault.async': 8, 'fault.green': 1, 'fault.thread': 1 } },
    rules: { mayLose: true, mayForget: true, drainLimit: 120_000 },
    async makeStore() {
      return await makeRedisStore(['--maxmemory-policy', 'allkeys-random'], '')
    },
    async inject(run) {
      await run.fault('may drop keys', async () => {
        await run.until('each worker to warn', () =>
          run.fleet.workers.every(({ server }) => server.output().includes('maxmemory-policy')),
        )
      })
      for (let round = 0; round < run.rounds; round++) {
        await run.history.more('started', run.random.between(5, 40))
        await run.fault('drops keys', async () => await dropKeys(run, run.random.between(1, 50) * 1_024))
        await run.lift('drops keys', async () => await operate(run, unlimited))
        await run.history.more('ended', 50)
      }
    },
  },
  {
    name: 'F15',
    says: 'The server stalls for longer than the leases last (`DEBUG SLEEP`), and condemns nobody for it',
    stores: ['redis'],
    settings: ['--lease-ttl', '2s'],
    async makeStore() {
      return await makeRedisStore(['--enable-debug-command', 'yes'], '')
    },
    async inject(run) {
      for (let round = 0; round < run.rounds; round++) {
        await run.history.more('started', run.random.between(5, 40))
        await run.fault(
          'stall',
          async () => await operate(run, async (redis) => await redis.call('DEBUG', 'SLEEP', '3.5')),
        )
        await run.lift('stall', () => undefined)
      }
    },
    *check(_events, _verdict, { queues }) {
      for (const { name, stats } of queues)
        if (stats.reclaimed > 0)
          yield `${String(stats.reclaimed)} tasks of queue ${name} were taken from living workers`
    },
  },
  {
    name: 'F16',
    says: 'The clocks of producers and workers are an hour fast, and those of others an hour slow',
    stores: ['redis'],
    mix: { failing: 0, revoked: 0, delayed: 50 },
    settings: ['--lease-ttl', '5s'],
    rules: { noRedelivery: true },
    env: { NODE_OPTIONS: `--import ${fileURLToPath(SHIFT_DATE)}`, SHIFT_DATE: String(HOUR) },
    async inject(run) {
      const slow = { SHIFT_DATE: String(-HOUR) }
      await run.fault('clocks', async () => {
        await Promise.all([run.produce(slow), run.fleet.start({ args: ['--concurrent-tasks', '5'], env: slow })])
      })
      await run.history.more('ended', 100 * run.rounds)
    },
    *check(events) {
      yield* burnedRuns(events)
      const due = new Map<string, number>()
      for (const event of events) {
        if (event.e === 'sent') due.set(event.id, event.at + (event.delay ?? 0))
        // A delay is counted from when the store takes the task, which is after it was sent.
        else if (event.e === 'started' && event.at < (due.get(event.id) ?? 0) - 1)
          yield `${event.id} started before it was due`
      }
    },
  },
  {
    name: 'F16 server',
    says: 'The server’s clock jumps an hour ahead, and back again',
    stores: ['redis'],
    unable: clockIsFixed,
    // What is delayed by a clock that is wrong is due when that clock says so: also retries. Tasks that a limit has parked do not wait for it.
    mix: {
      delayed: 0,
      failing: 0,
      jobs: { 'fault.async': 6, 'fault.limited': 2, 'fault.green': 1, 'fault.thread': 1 },
    },
    async makeStore() {
      const clock = shiftedClock()
      const server = await startRedisServer([], { env: clock.env })
      const store = redisStore(server, await startTcpProxy(server.port), '', () => {
        clock.dispose()
      })
      clocks.set(store, clock)
      return store
    },
    async inject(run) {
      const clock = clocks.get(run.store)
      for (let round = 0; round < run.rounds; round++) {
        for (const seconds of [HOUR / 1_000, 0]) {
          await run.history.more('started', run.random.between(5, 40))
          await run.fault(`clock at ${String(seconds)}`, () => clock?.shift(seconds))
          await run.lift('clock', () => undefined)
        }
      }
      await run.history.more('ended', 50)
    },
  },
]
