import { FAILURE, QUEUED, STARTED } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EmbeddedBroker } from '../../lib/stores/embedded/embedded-broker.js'
import { Reclaimer } from '../../lib/worker/reclaimer.js'
import { KeptLogger } from '../support/kept-logger.js'
import { until } from '../support/until.js'
import { newTask } from '../support/new-task.js'

const QUEUE = 'q'
let stores = 0

/** A store that does not report overdue workers. */
class SilentBroker extends EmbeddedBroker {
  override readonly reportsOverdue = false
}

describe('the reclaimer', () => {
  let broker: EmbeddedBroker
  let logger: KeptLogger

  beforeEach(async () => {
    logger = new KeptLogger()
    broker = new SilentBroker(`embedded::memory:reclaimer-${String(++stores)}`)
    await broker.connect()
  })
  afterEach(async () => {
    await broker.close()
  })

  const make = (own: readonly string[] = [QUEUE], crashCap = 3): Reclaimer =>
    new Reclaimer(broker, logger, own, { crashCap, outcome: '{"e":"crashed"}', ttl: 60_000, grace: 10 })

  /** A worker that holds task `a` in a queue and never renews its lease. */
  async function deadWorker(queue: string, leaseTtl = 20): Promise<void> {
    await broker.queue(queue, [newTask('a')])
    await broker.join(queue, { id: 'dead', slots: 1, leaseTtl })
    await broker.settle({ queue, worker: 'dead', lane: 0, seq: 1 }, [], 1)
  }

  const header = async (queue: string) => (await broker.get(queue, ['a']))[0]?.header

  it('releases the tasks of a dead worker at the second look, and logs that', async () => {
    const reclaimer = make()
    await deadWorker(QUEUE)
    let passes = 0
    await until('the task to be ready', async () => {
      passes += 1
      await reclaimer.pass()
      return (await header(QUEUE))?.status === QUEUED ? true : undefined
    })
    expect(passes).toBeGreaterThanOrEqual(2)
    expect(await header(QUEUE)).toMatchObject({ runs: 0, crashes: 1, worker: null })
    expect(logger.lines.map(({ message }) => message)).toEqual([
      `worker dead is dead; its tasks go back to queue ${QUEUE}`,
    ])
  })

  it('looks at all queues of the store, not only at those that this worker consumes', async () => {
    await deadWorker('of a dead node')
    const reclaimer = make([QUEUE])
    await until('the task to be ready', async () => {
      await reclaimer.pass()
      return (await header('of a dead node'))?.status === QUEUED ? true : undefined
    })
  })

  it('does not touch a worker whose lease is valid', async () => {
    await deadWorker(QUEUE, 600_000)
    const reclaimer = make()
    await reclaimer.pass()
    await reclaimer.pass()
    expect(await header(QUEUE)).toMatchObject({ status: STARTED, worker: 'dead' })
  })

  it('ends a task as FAILURE that has crashed as many processes as the cap allows', async () => {
    await deadWorker(QUEUE)
    const reclaimer = make([QUEUE], 1)
    await until('the task to be over', async () => {
      await reclaimer.pass()
      return (await header(QUEUE))?.status === FAILURE ? true : undefined
    })
    expect(logger.lines.map(({ message }) => message)).toContain(
      'task a has taken its process down too often and ends as FAILURE',
    )
  })

  it('logs that the store cannot be used, and goes on at the next beat', async () => {
    const reclaimer = make()
    await broker.close()
    await reclaimer.pass()
    expect(logger.lines[0]?.message).toContain('will try again')
    await reclaimer.pass()
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'debug'])
  })

  it('goes on past a queue that cannot be looked at, and writes of it once', async () => {
    class Refusing extends SilentBroker {
      refuses = true
      override async reclaim(...args: Parameters<EmbeddedBroker['reclaim']>) {
        if (args[0] === 'bad' && this.refuses) throw new Error('WRONGTYPE')
        return await super.reclaim(...args)
      }
    }
    await broker.close()
    const refusing = new Refusing(`embedded::memory:reclaimer-${String(++stores)}`)
    broker = refusing
    await broker.connect()
    await deadWorker(QUEUE)
    const reclaimer = make(['bad', QUEUE])
    await until('the task to be ready', async () => {
      await reclaimer.pass()
      return (await header(QUEUE))?.status === QUEUED ? true : undefined
    })
    const told = () => logger.lines.filter(({ message }) => message.startsWith('the tasks of dead workers'))
    const lines = () => told().flatMap(({ level, message }) => (level === 'debug' ? [] : [message]))
    expect(lines()).toEqual(['the tasks of dead workers could not be reclaimed, will try again: WRONGTYPE'])
    refusing.refuses = false
    await reclaimer.pass()
    expect(lines().slice(1)).toEqual(['the tasks of dead workers are reclaimed again'])
  })

  describe('of a store that reports overdue workers', () => {
    /** The queues that were looked at, in order. */
    let looks: string[]

    class Reporting extends EmbeddedBroker {
      override async reclaim(...args: Parameters<EmbeddedBroker['reclaim']>) {
        looks.push(args[0])
        return await super.reclaim(...args)
      }
    }

    beforeEach(async () => {
      looks = []
      await broker.close()
      broker = new Reporting(`embedded::memory:reclaimer-${String(++stores)}`)
      await broker.connect()
    })

    it('looks at its own queues at first and when they are reported, and at one of the others in each pass', async () => {
      const others = ['one', 'two', 'three']
      for (const queue of [QUEUE, ...others]) await deadWorker(queue, 600_000)
      const reclaimer = make()
      for (let i = 0; i < 6; i++) await reclaimer.pass()
      // Its own queue once a minute: its tasks may have holders that cannot be read.
      expect(looks.shift()).toBe(QUEUE)
      expect(looks.slice(0, 3).sort()).toEqual([...others].sort())
      expect(looks.slice(3)).toEqual(looks.slice(0, 3))
      await reclaimer.reclaim(QUEUE)
      expect(looks.slice(6)).toEqual([QUEUE])
    })

    it('comes back in the next pass to a queue where it suspects a worker', async () => {
      await deadWorker(QUEUE)
      await deadWorker('one', 600_000)
      const reclaimer = make()
      await until('the suspicion', async () => {
        await reclaimer.reclaim(QUEUE)
        return (await broker.reclaim(QUEUE, { crashCap: 3, outcome: '{}', ttl: 1, grace: 60_000 })).more
          ? true
          : undefined
      })
      looks = []
      await until('the task to be ready', async () => {
        await reclaimer.pass()
        return (await header(QUEUE))?.status === QUEUED ? true : undefined
      })
      expect(looks).toContain(QUEUE)
    })
  })
})
