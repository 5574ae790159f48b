import type { PulsarQueue } from 'pulsar-queue'
import { defineJob } from 'pulsar-queue'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'

/** ms that a task takes, slots of a worker, and time in which a burst is to be worked off, s. */
const [COST, SLOTS, TARGET] = [100, 2, 8]
const WORKERS = 4

const work = defineJob({ name: 'autoscale.work' }, async () => await pause(COST))

describe.each(STORES)('the signal for an autoscaler on $store', ({ make }) => {
  const at = useOperatedStore(make)

  it('has a burst worked off within the time that was asked for, by workers that come and go as it says', async () => {
    const { api, control, queue } = at
    const put = async (count: number): Promise<void> => {
      const calls = Array.from({ length: count }, () => [] as const)
      await Promise.all(api.tasks.queueMany(work, calls, { queue, callback: false }))
    }
    const running: PulsarQueue[] = []
    const settings = { taskQueues: [queue], concurrentTasks: SLOTS }
    const scaleTo = async (count: number): Promise<void> => {
      while (running.length < count) running.push(await at.serve(settings))
      while (running.length > count) await running.pop()?.close()
    }
    const desired = async (): Promise<number> =>
      (await control.autoscale(queue, { drain: TARGET, slots: SLOTS })).desiredWorkers
    const size = async (): Promise<number> => {
      const { ready, held } = await api.broker.size(queue)
      return ready + held
    }

    await put(5)
    await expect(desired()).rejects.toMatchObject({ code: 'PQ_NOT_MEASURED' })
    // One that a scaler falls back to, until a cost is known.
    await scaleTo(1)
    await expect.poll(size).toBe(0)
    await scaleTo(0)

    await put((WORKERS * SLOTS * TARGET * 1_000) / COST)
    const began = performance.now()
    let most = 0
    while ((await size()) > 0) {
      // Kubernetes waits for minutes before it takes workers away.
      most = Math.max(most, await desired())
      await scaleTo(most)
      await pause(250)
    }
    const seconds = (performance.now() - began) / 1_000
    expect(Math.abs(most - WORKERS)).toBeLessThanOrEqual(1)
    expect(seconds).toBeGreaterThan(0.7 * TARGET)
    expect(seconds).toBeLessThan(1.3 * TARGET)
    const after = await desired()
    expect(after).toBeLessThanOrEqual(most)
    await scaleTo(after)
  })
})
