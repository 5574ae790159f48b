import type { Broker, OperationsStore, ReclaimReply } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { until } from '../../support/until.js'
import { nextNumber, RECLAIM, TestWorker } from './test-worker.js'

/** A store under test. */
export interface BrokerStore {
  /** Another client of the store, as another process would have it. Not connected yet. */
  open(): Broker
  dispose(): Promise<void>
}

export function operationsOf(broker: Broker): OperationsStore {
  const operations = broker.operations()
  if (operations === null) throw new Error('expected a store with operations')
  return operations
}

/** The store under test, with a broker and a queue of each spec's own. */
export class BrokerFixture {
  broker!: Broker
  queue!: string
  #store!: BrokerStore
  readonly #opened: Broker[] = []

  /** Opens and closes the store around the specs of the present `describe`. */
  constructor(make: () => Promise<BrokerStore>) {
    beforeAll(async () => {
      this.#store = await make()
    })
    afterAll(async () => {
      await this.#store.dispose()
    })
    beforeEach(async () => {
      this.queue = `queue ${String(nextNumber())} {ä}`
      this.broker = await this.open()
    })
    afterEach(async () => {
      for (const each of this.#opened.splice(0)) await each.close()
    })
  }

  get operations(): OperationsStore {
    return operationsOf(this.broker)
  }

  readonly open = async (): Promise<Broker> => {
    const broker = this.#store.open()
    this.#opened.push(broker)
    await broker.connect()
    return broker
  }

  readonly worker = async (slots?: number, leaseTtl?: number): Promise<TestWorker> =>
    await new TestWorker(await this.open(), this.queue).join(slots, leaseTtl)

  readonly status = async (id: string): Promise<number | undefined> =>
    (await this.broker.get(this.queue, [id]))[0]?.header.status

  /** Reclaims until the worker is condemned: its lease must expire, and two passes find it expired. */
  readonly condemned = async (dead: TestWorker): Promise<ReclaimReply> =>
    await until(`${dead.id} to be condemned`, async () => {
      const reply = await this.broker.reclaim(this.queue, RECLAIM)
      return reply.condemned.includes(dead.id) ? reply : undefined
    })
}
