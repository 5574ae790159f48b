import type { Broker } from 'pulsar-queue'
import type { EndQueue, EndRecord, EndState } from '../checker/end-state.js'
import { endRecord } from './end-record.js'
import type { TestStore } from './test-store.js'

const CHUNK = 500

/** Reads what the store knows in the end. @param ids - by queue */
export async function endOfStore(
  store: TestStore,
  ids: ReadonlyMap<string, readonly string[]>,
  drainedAt: number | null,
): Promise<EndState> {
  const broker = await store.open()
  try {
    const records = new Map<string, EndRecord>()
    const queues: EndQueue[] = []
    for (const [queue, all] of ids) {
      for (let i = 0; i < all.length; i += CHUNK)
        for (const record of await broker.get(queue, all.slice(i, i + CHUNK)))
          if (record) records.set(record.header.id, endRecord(record))
      queues.push(await endQueue(broker, store, queue))
    }
    return { queues, records, drainedAt }
  } finally {
    await broker.close()
  }
}

async function endQueue(broker: Broker, store: TestStore, name: string): Promise<EndQueue> {
  const [sizes, stats] = await Promise.all([broker.size(name), broker.stats(name)])
  return { name, sizes, stats, leftOvers: await store.leftOvers(name) }
}
