import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readEmbeddedUrl } from '../../../../lib/stores/embedded/database/embedded-url.js'
import { Store } from '../../../../lib/stores/embedded/store.js'
import type { IdleWorker } from '../../../../lib/stores/embedded/tables/idle-worker.js'
import {
  countIdle,
  enterIdle,
  hasIdleWorkers,
  idleWorkers,
  leaveIdle,
  noteWoken,
} from '../../../../lib/stores/embedded/tables/idle-workers.js'
import { addWorker } from '../../../../lib/stores/embedded/tables/workers.js'
import { QueueTransaction } from '../../../../lib/stores/embedded/tables/queue-transaction.js'
import { QUEUE } from '../support.js'

describe('the idle workers of a queue, as one transaction knows them', () => {
  let store: Store

  beforeEach(async () => {
    store = Store.open(readEmbeddedUrl('embedded::memory:'))
    await act((transaction) => {
      for (const worker of 'abcde') addWorker(transaction, worker)
    })
  })
  afterEach(async () => {
    await store.release()
  })

  const act = async <T>(on: (transaction: QueueTransaction) => T): Promise<T> =>
    await store.queue.write((afterCommit) => {
      const transaction = new QueueTransaction(store, 'pq', QUEUE, afterCommit)
      const result = on(transaction)
      transaction.finish()
      return result
    })
  const enter = (transaction: QueueTransaction, worker: string, slots = 1): void => {
    enterIdle(transaction, { worker, due: null, slots, takes: 1 })
  }
  /** What the next transaction will read. */
  const stored = (transaction: QueueTransaction): unknown[] => {
    transaction.workers.save()
    return transaction
      .sql(
        'SELECT worker, since, due, slots, takes, woken FROM worker WHERE queue = ? AND since IS NOT NULL ORDER BY since',
      )
      .all(transaction.id)
      .map((row) => ({ ...(row as IdleWorker) }))
  }
  const known = (transaction: QueueTransaction): unknown[] => idleWorkers(transaction).map((row) => ({ ...row }))

  it('are those of the store after each change, in its order', async () => {
    const changes: ((transaction: QueueTransaction) => void)[] = [
      (transaction) => enter(transaction, 'a'),
      (transaction) => enter(transaction, 'b'),
      (transaction) => enter(transaction, 'c'),
      // One that was not woken keeps its place.
      (transaction) => enter(transaction, 'a', 5),
      (transaction) =>
        idleWorkers(transaction)
          .slice(0, 1)
          .forEach((row) => noteWoken(transaction, row)),
      // One that was woken comes last.
      (transaction) => enter(transaction, 'a', 7),
      (transaction) => leaveIdle(transaction, 'b'),
      (transaction) => leaveIdle(transaction, 'unknown'),
      (transaction) => leaveIdle(transaction, 'a'),
      (transaction) => leaveIdle(transaction, 'c'),
    ]
    await act((transaction) => {
      for (const change of changes) {
        change(transaction)
        expect(known(transaction)).toEqual(stored(transaction))
      }
      expect(hasIdleWorkers(transaction)).toBe(false)
    })
  })

  it('are read once, also where they were idle before', async () => {
    await act((transaction) => {
      enter(transaction, 'a')
      enter(transaction, 'b')
    })
    await act((transaction) => {
      expect(transaction.hasIdle).toBe(true)
      expect(countIdle(transaction, 'a')).toBe(2)
      expect(countIdle(transaction, 'c')).toBe(0)
      expect(idleWorkers(transaction)).toBe(idleWorkers(transaction))
      leaveIdle(transaction, 'b')
      enter(transaction, 'd')
      expect(known(transaction)).toEqual(stored(transaction))
    })
    await act((transaction) => {
      // Not read yet.
      leaveIdle(transaction, 'a')
      enter(transaction, 'e')
      expect(known(transaction)).toEqual(stored(transaction))
    })
  })
})
