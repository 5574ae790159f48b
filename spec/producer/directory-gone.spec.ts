import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Api } from 'pulsar-queue'
import { defineJob, Logger, PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { KeptLogger } from '../support/kept-logger.js'
import { fakeOwnTimers } from '../support/own-timers.js'

const job = defineJob({ name: 'gone.waits' }, () => null)
const GONE = { code: 'PQ_EMBEDDED_DIRECTORY', isGone: true }

describe('what waits for a store whose directory is deleted', () => {
  let directory: string
  let logger: KeptLogger
  let apps: PulsarQueue[]

  const open = async (): Promise<Api> => {
    const app = new PulsarQueue({ dataStore: `embedded:${directory}`, workers: 0, parseConsole: false })
    app.container.register(Logger, { useValue: logger })
    apps.push(app)
    return await app.api().start()
  }
  /** Each kind of wait for a task that nobody runs. */
  const waits = async (api: Api): Promise<Promise<unknown>[]> => {
    const future = api.tasks.queue(job, [])
    const queued = await api.tasks.queue(job, [], { callback: false, delay: '1h' })
    return [future, future.result(), future.wait('1h'), queued.doneCallback].map(async (each) => await each)
  }
  const allGone = async (waiting: readonly Promise<unknown>[]): Promise<void> => {
    const ends = await Promise.allSettled(waiting)
    for (const end of ends) expect(end).toMatchObject({ status: 'rejected', reason: GONE })
  }
  const toldOfEnds = (): string[] =>
    logger.lines.filter(({ message }) => message.includes('waited for no more')).map(({ level }) => level)

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pq-gone-'))
    logger = new KeptLogger()
    apps = []
  })
  afterEach(async () => {
    for (const app of apps) await app.close()
    rmSync(directory, { recursive: true, force: true })
  })

  it('is rejected at once, in each producer of the process, which says so once; so is a wait for a lock', async () => {
    const [first, second] = [await open(), await open()]
    const waiting = [...(await waits(first)), ...(await waits(second))]
    await first.lock('held')
    waiting.push(second.lock('held'))
    expect(await second.tryLock('held')).toBeNull()
    rmSync(directory, { recursive: true })
    await allGone(waiting)
    expect(toldOfEnds()).toEqual(['error', 'error'])
  })

  it('is rejected by the next look-up where only one file of it was replaced', async () => {
    fakeOwnTimers(['setInterval', 'clearInterval', 'performance'])
    const waiting = await waits(await open())
    rmSync(join(directory, 'leases.db'))
    const gone = allGone(waiting)
    await vi.advanceTimersByTimeAsync(10_000)
    await gone
    expect(toldOfEnds()).toEqual(['error'])
  })
})
