import { fileURLToPath } from 'node:url'
import { Config } from 'pulsar-queue'
import { afterEach, describe, expect, it } from 'vitest'
import { childPorts } from '../../../lib/execution/pools/child-port.js'
import { jobFilesProgram } from '../../../lib/execution/pools/member-program.js'
import type { PoolParts } from '../../../lib/execution/pools/pool.js'
import { Pool } from '../../../lib/execution/pools/pool.js'
import { threadPorts } from '../../../lib/execution/pools/thread-port.js'
import type { RunResult } from '../../../lib/execution/run-result.js'
import { deferred } from '../../../lib/util/deferred.js'
import { KeptLogger } from '../../support/kept-logger.js'
import { startFunction } from './start-function.js'

const logger = new KeptLogger()
const noJobs = jobFilesProgram(new Config({ logLevel: 'silent' }))
const pools = new Set<Pool>()

function openPool(options: Partial<PoolParts> = {}): Pool {
  const pool = new Pool({
    mode: 'thread',
    open: threadPorts(noJobs),
    maxMembers: 1,
    runsPerMember: Infinity,
    abortGrace: 50,
    logger,
    ...options,
  })
  pools.add(pool)
  return pool
}

/** Starts a function in a pool, and tells when it has begun. */
function start(pool: Pool, fn: (...args: never[]) => unknown, ...args: unknown[]) {
  const begun = deferred<undefined>()
  const onBegin = (): void => {
    begun.resolve(undefined)
  }
  return { ...startFunction(pool, logger, fn, args, { onBegin }), begun: begun.promise }
}

const call = async (pool: Pool, fn: (...args: never[]) => unknown, ...args: unknown[]) =>
  await start(pool, fn, ...args).result

const threadOf = (result: RunResult): unknown => (result.kind === 'returned' ? result.value : result)

/** Runs in a member. */
const whereAmI = (): unknown => {
  return process.getBuiltinModule('node:worker_threads').threadId
}
/** Runs in a member. Resolves when `count` runs have arrived. */
const meet = async (flag: Int32Array, count: number): Promise<unknown> => {
  Atomics.add(flag, 0, 1)
  while (Atomics.load(flag, 0) < count) await new Promise(setImmediate)
  return process.getBuiltinModule('node:worker_threads').threadId
}
const messages = () => logger.lines.map(({ message }) => message)
const sharedFlag = () => new Int32Array(new SharedArrayBuffer(4))

afterEach(async () => {
  await Promise.all([...pools].map((pool) => pool.close()))
  pools.clear()
  logger.lines.length = 0
})

describe('a pool', () => {
  it('launches its first member for its first run', async () => {
    const pool = openPool()
    expect(pool.size).toBe(0)
    const result = await call(pool, (a: number, b: number) => a + b, 1, 2)
    expect(result).toEqual({ kind: 'returned', value: 3 })
    expect(pool.size).toBe(1)
  })

  it('passes on the error of a run, with its data', async () => {
    const result = await call(openPool(), () => {
      throw Object.assign(new RangeError('too far'), { code: 'E_FAR' })
    })
    expect(result).toMatchObject({ kind: 'threw', error: { name: 'RangeError', message: 'too far', code: 'E_FAR' } })
  })

  it('fails to start when its members cannot load the jobs', async () => {
    const program = jobFilesProgram(new Config({ taskPaths: ['./no-such-jobs/*.js'], logLevel: 'silent' }))
    const pool = openPool({ open: threadPorts(program) })
    await expect(pool.start()).rejects.toMatchObject({ code: 'PQ_JOB_LOAD' })
  })

  it('releases the waiting runs when launches keep failing', async () => {
    const program = jobFilesProgram(new Config({ taskPaths: ['./no-such-jobs/*.js'], logLevel: 'silent' }))
    const result = await call(openPool({ open: threadPorts(program) }), whereAmI)
    expect(result).toMatchObject({ kind: 'released', delay: 5_000 })
  })

  it.each(['thread', 'process'] as const)(
    'survives a %s whose program throws a value that is no error',
    async (mode) => {
      const file = fileURLToPath(new URL('fixtures/throws-null.mjs', import.meta.url))
      const program = { ...noJobs, file }
      const pool = openPool({ mode, open: mode === 'thread' ? threadPorts(program) : childPorts(program) })
      await expect(pool.start()).rejects.toMatchObject({ code: 'PQ_JOB_LOAD' })
    },
  )

  it('lets runs share a member when no further member may be launched', async () => {
    const pool = openPool()
    const flag = sharedFlag()
    const [a, b] = await Promise.all([call(pool, meet, flag, 2), call(pool, meet, flag, 2)])
    expect(threadOf(a)).toBe(threadOf(b))
  })

  it('launches another member before a run shares one', async () => {
    const pool = openPool({ maxMembers: 2 })
    const flag = sharedFlag()
    const first = start(pool, meet, flag, 2)
    await first.begun
    const second = await call(pool, meet, flag, 2)
    expect(threadOf(second)).not.toBe(threadOf(await first.result))
    expect(pool.size).toBe(2)
  })

  it('lets a run wait when each member takes one run at a time', async () => {
    const pool = openPool({ runsPerMember: 1 })
    const first = start(pool, meet, sharedFlag(), 2)
    const second = start(pool, whereAmI)
    await first.begun
    expect(second.run.startedAt).toBe(0)
    first.run.abort('shutdown')
    expect(await second.result).toMatchObject({ kind: 'returned' })
  })

  it('starts each run once, also behind one that cannot start', async () => {
    const pool = openPool()
    const flag = sharedFlag()
    const count = (counted: Int32Array): number => Atomics.add(counted, 0, 1)
    const results = await Promise.all([call(pool, whereAmI, () => 1), call(pool, count, flag), call(pool, count, flag)])
    expect(results.map(({ kind }) => kind)).toEqual(['threw', 'returned', 'returned'])
    expect(await call(pool, (counted: Int32Array) => Atomics.load(counted, 0), flag)).toMatchObject({ value: 2 })
  })

  it('turns what a run prints into lines of its log', async () => {
    await call(openPool(), () => {
      process.stdout.write('one\ntw')
      process.stdout.write('o\n')
      process.stderr.write('three')
    })
    const lines = logger.lines.map(({ level, message }) => [level, message])
    expect(lines).toEqual([
      ['info', 'one'],
      ['info', 'two'],
      ['warn', 'three'],
    ])
  })
})

describe('a run of a pool that is told to stop', () => {
  it('is settled at once, and its member is replaced if it goes on', async () => {
    const pool = openPool({ runsPerMember: 1 })
    const { run, begun, result } = start(pool, () => {
      for (;;);
    })
    await begun
    run.abort('timeout')
    expect(await result).toEqual({ kind: 'threw', error: run.abortReason })
    expect(await call(pool, whereAmI)).toMatchObject({ kind: 'returned' })
    expect(messages()).toContain('the run does not stop, so its thread is replaced')
  })

  it('lets the other runs of its member finish', async () => {
    const pool = openPool()
    const flag = sharedFlag()
    const stuck = start(pool, () => new Promise(() => undefined))
    const other = start(pool, meet, flag, 2)
    await other.begun
    stuck.run.abort('timeout')
    await expect.poll(messages).toContain('the run does not stop, so its thread is replaced')
    await call(pool, meet, flag, 2)
    expect(await other.result).toMatchObject({ kind: 'returned' })
  })

  it('never starts if it still waits for a member', async () => {
    const { run, result } = start(openPool(), whereAmI)
    run.abort('revoked')
    expect(await result).toEqual({ kind: 'threw', error: run.abortReason })
    expect(run.startedAt).toBe(0)
  })
})

describe('a member that dies', () => {
  it('fails the run that has ended the member, and starts the others again elsewhere', async () => {
    const pool = openPool()
    const flag = sharedFlag()
    const innocent = start(pool, meet, flag, 3)
    const guilty = start(
      pool,
      async (at: Int32Array) => {
        Atomics.add(at, 0, 1)
        await Promise.resolve()
        process.exit(3)
      },
      flag,
    )
    expect(await guilty.result).toMatchObject({
      kind: 'threw',
      error: { message: 'the job called process.exit(3)' },
    })
    Atomics.add(flag, 0, 1)
    expect(await innocent.result).toMatchObject({ kind: 'returned' })
  })

  it('has each of its runs start again alone when it is unknown which one is to blame', async () => {
    const pool = openPool({ mode: 'process', open: childPorts(noJobs), runsPerMember: 2 })
    const slow = start(pool, async () => await new Promise((resolve) => setTimeout(resolve, 300, 'survived')))
    const deadly = start(pool, async () => {
      process.kill(process.pid, 'SIGKILL')
      await new Promise(() => undefined)
    })
    expect(await deadly.result).toMatchObject({
      kind: 'threw',
      error: { message: 'its process ended with SIGKILL while it ran' },
    })
    expect(await slow.result).toEqual({ kind: 'returned', value: 'survived' })
    expect(messages()).toContainEqual(expect.stringMatching(/with 2 tasks in it; each runs again/))
  })
})

describe('a pool that is closed', () => {
  it('releases the runs that are in it or wait for it, and takes no more', async () => {
    const pool = openPool({ runsPerMember: 1 })
    const running = start(pool, () => new Promise(() => undefined))
    const waiting = start(pool, whereAmI)
    await running.begun
    await Promise.all([pool.close(), pool.close()])
    expect(await running.result).toMatchObject({ kind: 'released', delay: 0 })
    expect(await waiting.result).toMatchObject({ kind: 'released', delay: 0 })
    expect(await call(pool, whereAmI)).toMatchObject({ kind: 'released' })
    expect(pool.size).toBe(0)
  })

  it('can be closed before a member is ready', async () => {
    const pool = openPool()
    const { result } = start(pool, whereAmI)
    await pool.close()
    expect(await result).toMatchObject({ kind: 'released' })
  })
})
