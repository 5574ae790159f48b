import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Run } from '../../lib/execution/run.js'
import { SilentLogger } from '../../lib/logging/logger.js'
import { sharedClock } from '../../lib/util/clock.js'
import { StallDetector } from '../../lib/worker/stall-detector.js'
import { STALL_CELLS, StallWatch } from '../../lib/worker/stall-watch.js'
import { claimedTask } from '../execution/support.js'
import { Servers } from '../support/server-process.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { untilStarted } from '../support/until-started.js'

const MANAGE = fileURLToPath(new URL('./fixtures/stalls.mjs', import.meta.url))
const JOBS = new URL('./fixtures/stall-jobs.ts', import.meta.url)
const INTERVAL = 10_000
const MINUTE = 60_000

// Each server is disposed of by its spec.
const servers = new Servers(MANAGE)

function begunRun(timeout: number): Run {
  const logger = new SilentLogger()
  const run = new Run({ queue: 'queue', claimed: claimedTask(), call: { job: 'job', timeout }, job: null, logger })
  run.begin()
  return run
}

describe('an event loop that does not turn', () => {
  let memory: SharedArrayBuffer
  let cells: Float64Array
  let runs: Run[]
  let now: number

  beforeEach(() => {
    memory = new SharedArrayBuffer(Object.keys(STALL_CELLS).length * Float64Array.BYTES_PER_ELEMENT)
    cells = new Float64Array(memory)
    runs = []
    now = sharedClock()
  })

  /** Looks at a loop that has ticked once, with these runs, every ten seconds. @returns the seconds until it counts as stuck */
  function secondsUntilStuck(...timeouts: number[]): number {
    let at = sharedClock()
    runs = timeouts.map(begunRun)
    const watch = new StallWatch(memory, () => runs)
    watch.start()
    const detector = new StallDetector(memory, 5 * MINUTE, INTERVAL)
    let seconds = 0
    // A stopped interval leaves the cells as they were, as a blocked loop would.
    while (detector.look((at += INTERVAL)) === null) seconds += 10
    watch.close()
    for (const run of runs) run.end()
    return seconds + 10
  }

  it('is stuck when one of its runs is past its timeout, whatever the others may do', () => {
    expect(secondsUntilStuck(20_000)).toBe(30)
    expect(secondsUntilStuck(20_000, 0)).toBe(30)
    expect(secondsUntilStuck(0, 20_000, 100_000)).toBe(30)
  })

  it('is stuck after the stall limit where no run has a timeout', () => {
    expect(secondsUntilStuck(0)).toBe(310)
    expect(secondsUntilStuck()).toBe(310)
  })

  it('counts a run from its begin, also where that was after the last tick', () => {
    const watch = new StallWatch(memory, () => [])
    watch.start()
    const run = begunRun(20_000)
    watch.begun(run)
    const detector = new StallDetector(memory, 5 * MINUTE, INTERVAL)
    expect([now + 24_000, now + 26_000].map((at) => detector.look(at) !== null)).toEqual([false, true])
    watch.close()
    run.end()
  })

  it('counts no run that has not begun, or was told to stop', () => {
    const waits = new Run({
      queue: 'queue',
      claimed: claimedTask(),
      call: { job: 'job', timeout: 1_000 },
      job: null,
      logger: new SilentLogger(),
    })
    const stopped = begunRun(1_000)
    stopped.abort('shutdown')
    const watch = new StallWatch(memory, () => [waits, stopped])
    watch.start()
    expect(cells[STALL_CELLS.deadline]).toBe(Infinity)
    watch.close()
    stopped.end()
  })

  it('is not stuck before the worker has started, and when it has stopped', () => {
    const detector = new StallDetector(memory, MINUTE, INTERVAL)
    expect(detector.look(now)).toBeNull()
    const watch = new StallWatch(memory, () => [])
    watch.start()
    watch.close()
    expect(detector.look(now + 10 * MINUTE)).toBeNull()
    expect(detector.look(now + 10 * MINUTE + INTERVAL)).toBeNull()
  })

  it('is looked at again where the look itself was late: the whole process was stopped', () => {
    cells[STALL_CELLS.tick] = now
    cells[STALL_CELLS.deadline] = now + 1_000
    const detector = new StallDetector(memory, MINUTE, INTERVAL)
    expect(detector.look(now + 1_000)).toBeNull()
    expect(detector.look(now + 10 * MINUTE)).toBeNull()
    expect(detector.look(now + 10 * MINUTE + INTERVAL)).toBe(10 * MINUTE + INTERVAL)
  })

  it('may be paused by a debugger', () => {
    cells[STALL_CELLS.tick] = now
    cells[STALL_CELLS.deadline] = Infinity
    cells[STALL_CELLS.inspected] = 1
    const detector = new StallDetector(memory, MINUTE, INTERVAL)
    for (let at = now; at < now + 10 * MINUTE; at += INTERVAL) expect(detector.look(at)).toBeNull()
  })
})

describe.each(STORES)('a worker process on $store', ({ make }) => {
  let store: Store
  let api: Api

  beforeAll(async () => {
    store = await make()
    api = await new PulsarQueue({ dataStore: store.url, taskPaths: [JOBS], logLevel: 'silent' }).api().start()
  })
  afterAll(async () => {
    await api.close()
    await store.dispose()
  })

  it('ends when a job loops beside one without a timeout, even if nobody reads what it says', async () => {
    await using server = await servers.start(store.url)
    const waits = api.tasks.queue('waits')
    await untilStarted(api, waits.id)
    server.process.stderr?.destroy()
    const loops = api.tasks.queue('loops')
    expect(await server.exited).toBe('SIGKILL')
    for (const future of [waits, loops]) await future.revoke()
  })
})

/** The store has no part in it. */
describe('a worker process that listens to a debugger', () => {
  it('is not ended when a job blocks its event loop', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pq-stalls-'))
    const url = `embedded:${directory}`
    const api = await new PulsarQueue({ dataStore: url, taskPaths: [JOBS], logLevel: 'silent' }).api().start()
    try {
      await using server = await servers.start(url, { NODE_OPTIONS: '--inspect=127.0.0.1:0' })
      expect(await api.tasks.queue('blocks', { ms: 8_000 }, { timeout: '500ms' })).toMatchObject({ retry: 1 })
      expect(server.process.exitCode).toBeNull()
      expect(server.process.signalCode).toBeNull()
    } finally {
      await api.close()
      rmSync(directory, { recursive: true })
    }
  })
})
