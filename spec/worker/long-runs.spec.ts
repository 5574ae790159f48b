import { defineJob, PulsarQueue } from 'pulsar-queue'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'

/** Longer than runs for which a worker claims ahead, ms. */
const LONG = 25

const long = defineJob({ name: 'long.runs' }, async () => {
  await pause(LONG)
})

describe('a worker whose runs are long', () => {
  it('claims for its free slots only, so that no task is claimed and released again', async () => {
    const app = new PulsarQueue({
      dataStore: 'embedded::memory:long-runs',
      workers: 0,
      concurrentTasks: 3,
      logLevel: 'silent',
      parseConsole: false,
    })
    try {
      await app.start()
      const { tasks, broker } = await app.api().start()
      await Promise.all(Array.from({ length: 60 }, () => tasks.queue(long, [])))
      expect(await broker.stats('pulsarqueue')).toMatchObject({ succeeded: 60, released: 0 })
    } finally {
      await app.close()
    }
  })
})
