import { Config } from 'pulsar-queue'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { childPorts } from '../../../lib/execution/pools/child-port.js'
import { jobFilesProgram } from '../../../lib/execution/pools/member-program.js'
import type { PoolParts } from '../../../lib/execution/pools/pool.js'
import { Pool } from '../../../lib/execution/pools/pool.js'
import { threadPorts } from '../../../lib/execution/pools/thread-port.js'
import { KeptLogger } from '../../support/kept-logger.js'
import { linesOf, startFunction } from './start-function.js'

type How = 'reject' | 'throw' | 'exit' | 'print'
type Gate = typeof globalThis & { openGate?: () => void }

/** Runs in a member. Leaves something behind that happens when a later run opens the gate. */
const leaveBehind = (how: How): void => {
  const gate = new Promise<void>((resolve) => {
    ;(globalThis as Gate).openGate = resolve
  })
  void gate.then(() => {
    if (how === 'print') process.stdout.write('printed late\n')
    if (how === 'reject') throw new Error('stray')
    setImmediate(() => {
      if (how === 'exit') process.exit(3)
      if (how === 'throw') throw new Error('stray')
    })
  })
}
/** Runs in a member. Opens the gate that an earlier run has left, and outlasts what happens then, if the member does. */
const openGate = async (survives: boolean): Promise<string> => {
  const { openGate: open } = globalThis as Gate
  if (open === undefined) return 'no gate here'
  open()
  if (!survives) await new Promise(() => undefined)
  for (let i = 0; i < 3; i++) await new Promise(setImmediate)
  return 'it opened the gate'
}

describe.each(['thread', 'process'] as const)('what a run leaves behind in its %s', (mode) => {
  const logger = new KeptLogger()
  let pool: Pool

  const openPool = (options: Partial<PoolParts> = {}): void => {
    const program = jobFilesProgram(new Config({ logLevel: 'silent' }))
    const open = mode === 'thread' ? threadPorts(program) : childPorts(program)
    pool = new Pool({ mode, open, maxMembers: 1, runsPerMember: 1, abortGrace: 60_000, logger, ...options })
  }
  const start = (id: string, fn: (...args: never[]) => unknown, args: unknown[] = [], at = logger) =>
    startFunction(pool, at, fn, args, { id })

  afterEach(async () => {
    await pool.close()
    logger.lines.length = 0
  })

  it('is its own: a promise that is rejected then is told of in its name, and the next run succeeds', async () => {
    openPool()
    await start('first', leaveBehind, ['reject']).result
    expect(await start('second', openGate, [true]).result).toEqual({ kind: 'returned', value: 'it opened the gate' })
    const message = 'a promise was rejected after the end of the run: stray'
    expect(linesOf(logger, 'first')).toMatchObject([{ level: 'warn', name: 'job', message, data: { run: 1 } }])
    expect(linesOf(logger, 'second')).toEqual([])
  })

  it.each([
    ['throw', 'stray'],
    ['exit', 'the job called process.exit(3)'],
  ] as const)('is its own: after a late %s, the next run starts again elsewhere', async (how, words) => {
    openPool()
    await start('first', leaveBehind, [how]).result
    expect(await start('second', openGate, [false]).result).toEqual({ kind: 'returned', value: 'no gate here' })
    expect(linesOf(logger, 'first')).toMatchObject([
      { level: 'warn', message: `ended its ${mode} after the end of the run: ${words}` },
    ])
    expect(linesOf(logger, 'second')).toMatchObject([
      { level: 'warn', message: `its ${mode} ended because of another task, so it runs again in another one` },
    ])
  })

  it('fails a run that opens it again and again: it may use what others have made', async () => {
    openPool()
    // Whenever the run is about to start again, another one leaves something in the new member before it.
    const spoiling = new (class extends KeptLogger {
      override child() {
        return this
      }
      override warn() {
        void start('spoiler', leaveBehind, ['throw']).result
      }
    })()
    await start('first', leaveBehind, ['throw']).result
    const result = await start('second', openGate, [false], spoiling).result
    expect(result).toMatchObject({ kind: 'threw', error: { message: 'stray' } })
    expect(logger.lines.filter(({ message }) => message.startsWith('ended its'))).toHaveLength(4)
  })

  it('is told of when the member had no run', async () => {
    openPool()
    const leave = (): void => void setImmediate(() => process.exit(3))
    await start('only', leave).result
    await expect
      .poll(() => linesOf(logger, 'only').map(({ message }) => message))
      .toEqual([`ended its ${mode} after the end of the run: the job called process.exit(3)`])
  })
})

describe('runs that share a thread', () => {
  const logger = new KeptLogger()
  const pool = new Pool({
    mode: 'thread',
    open: threadPorts(jobFilesProgram(new Config({ logLevel: 'silent' }))),
    maxMembers: 1,
    runsPerMember: Infinity,
    abortGrace: 60_000,
    logger,
  })
  const start = (id: string, fn: (...args: never[]) => unknown, ...args: unknown[]) =>
    startFunction(pool, logger, fn, args, { id })

  afterEach(() => {
    logger.lines.length = 0
  })
  afterAll(async () => {
    await pool.close()
  })

  it('have their own late output', async () => {
    await start('first', leaveBehind, 'print').result
    await start('second', openGate, true).result
    expect(linesOf(logger, 'first')).toMatchObject([{ level: 'info', name: 'job', message: 'printed late' }])
    expect(linesOf(logger, 'second')).toEqual([])
  })

  it('are not ended by the rejections of one that was told to stop', async () => {
    const flag = new Int32Array(new SharedArrayBuffer(4))
    const stopped = start(
      'stopped',
      async (at: Int32Array) => {
        Atomics.store(at, 0, 1)
        while (Atomics.load(at, 0) < 2) await new Promise(setImmediate)
        void Promise.reject(new Error('cleaning up failed'))
        await new Promise(setImmediate)
        Atomics.store(at, 0, 3)
      },
      flag,
    )
    const innocent = start(
      'innocent',
      async (at: Int32Array) => {
        while (Atomics.load(at, 0) < 3) await new Promise(setImmediate)
        return 'fine'
      },
      flag,
    )
    await expect.poll(() => Atomics.load(flag, 0)).toBe(1)
    stopped.run.abort('timeout')
    await stopped.result
    // Messages arrive in order: when this has run, the thread has been told.
    await start('probe', () => undefined).result
    Atomics.store(flag, 0, 2)
    expect(await innocent.result).toEqual({ kind: 'returned', value: 'fine' })
    expect(linesOf(logger, 'stopped')).toMatchObject([
      { message: 'a promise was rejected after the end of the run: cleaning up failed' },
    ])
  })
})
