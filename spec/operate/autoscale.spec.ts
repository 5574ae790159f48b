import type { PulsarQueue } from 'pulsar-queue'
import { defineJob } from 'pulsar-queue'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'

/** ms that a task takes, slots of a worker, and time in which a burst is to be worked off, s. */
const [COST, SLOTS, TARGET] = [100, 2, 8]
const WORKERS = 4

/** Tasks that have ended, and the time that they took, ms. */
const ran = { count: 0, time: 0 }

const work = defineJob({ name: 'autoscale.work' }, async () => {
  const began = performance.now()
  await pause(COST)
  ran.count += 1
  ran.time += performance.now() - began
})

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

    const before = { ...ran }
    await put((WORKERS * SLOTS * TARGET * 1_000) / COST)
    let most = 0
    while ((await size()) > 0) {
      // Kubernetes waits for minutes before it takes workers away.
      most = Math.max(most, await desired())
      await scaleTo(most)
      await pause(250)
    }
    // On a busy machine a task takes longer, and more workers are right. How long a burst takes is measured by bench/autoscale.mjs.
    const cost = (ran.time - before.time) / (ran.count - before.count)
    expect(Math.abs(most - (WORKERS * cost) / COST)).toBeLessThanOrEqual(1.5)
    const after = await desired()
    expect(after).toBeLessThanOrEqual(most)
    await scaleTo(after)
  })
})
