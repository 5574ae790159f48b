import type { Api } from 'pulsar-queue'
import { defineJob, isPulsarError, PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RedisServer } from '../support/redis-server.js'
import type { SentinelSetUp } from '../support/sentinel.js'
import { startSentinels } from '../support/sentinel.js'
import { until } from '../support/until.js'

const job = defineJob({ name: 'failover.double' }, (value: number) => value * 2)
/** Calls that wait for their ends at the same time. */
const CALLS_AT_ONCE = 20
/** Tasks that are done before and after each fault. */
const TASKS = 300

/** Producers that each queue a task when the one before is over, until they are ended. */
class Load {
  done = 0
  readonly faults: string[] = []
  #isEnding = false
  readonly #all: Promise<unknown>

  constructor(private readonly api: Api) {
    this.#all = Promise.all(Array.from({ length: CALLS_AT_ONCE }, async (_, i) => await this.#produce(i)))
  }

  async #produce(first: number): Promise<void> {
    for (let value = first; !this.#isEnding; value += CALLS_AT_ONCE) {
      try {
        const { result } = await this.api.tasks.queue(job, { value })
        if (result !== value * 2) this.faults.push(`${String(value)}: ${String(result)}`)
      } catch (error) {
        this.faults.push(String(error))
        if (isPulsarError(error, 'PQ_CLOSED')) return
      }
      this.done += 1
    }
  }

  /** Resolves when that many more tasks are over. */
  async more(tasks: number): Promise<void> {
    const from = this.done
    await until(`${String(tasks)} more tasks`, () => (this.done >= from + tasks ? true : undefined))
  }

  /** Resolves when no call waits any more. */
  async end(): Promise<void> {
    this.#isEnding = true
    await this.#all
  }
}

describe('a worker and its producers behind Sentinels', () => {
  let setUp: SentinelSetUp
  let app: PulsarQueue
  let load: Load

  beforeEach(async () => {
    setUp = await startSentinels({ options: ['--min-replicas-to-write', '0'] })
    app = new PulsarQueue({ dataStore: setUp.url, workers: 0, parseConsole: false, logLevel: 'silent' })
    await app.start()
    load = new Load(await app.api().start())
    await load.more(TASKS)
  })
  afterEach(async () => {
    await app.close()
    await setUp.stop()
  })

  it.each<[string, (master: RedisServer) => Promise<void>]>([
    [
      'killed',
      async (master) => {
        await master.kill()
      },
    ],
    [
      'frozen',
      (master) => {
        master.signal('SIGSTOP')
        return Promise.resolve()
      },
    ],
  ])('go on by themselves after the master was %s, and every call ends well', async (_, harm) => {
    const before = await setUp.master()
    await harm(before)
    await setUp.nextMaster(before)
    await load.more(TASKS)
    // The old master comes back, and becomes a replica of the new one.
    await before.restart()
    await load.more(TASKS)
    await load.end()
    expect(load.faults).toEqual([])
  })

  it('go on by themselves after the Sentinels were told to name another master', async () => {
    await setUp.failOver()
    await load.more(TASKS)
    // What the old master acknowledges until clients leave it is lost.
    expect(load.faults.filter((fault) => !fault.startsWith('TaskLostError'))).toEqual([])
  })
})
