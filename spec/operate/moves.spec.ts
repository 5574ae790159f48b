import type { Api, Control } from 'pulsar-queue'
import { defineJob } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'

const runs: number[] = []
const note = defineJob({ name: 'moves.note' }, ({ n }: { n: number }) => {
  runs.push(n)
})

describe.each(STORES)('a move on $store', ({ make }) => {
  const at = useOperatedStore(make)
  let api: Api
  let control: Control
  let queue: string

  beforeEach(() => {
    ;({ api, control, queue } = at)
    runs.length = 0
  })

  const put = async (count: number, more: object = {}): Promise<void> => {
    await Promise.all(
      Array.from({ length: count }, (_, n) => api.tasks.queue(note, { n }, { queue, callback: false, ...more })),
    )
  }
  const move = async (to: string, act = control) => await act.move(await act.plan('move', `queue:${queue}`), to)
  /** The numbers of the live tasks of the queues, in order. */
  const live = async (...queues: string[]): Promise<number[]> => {
    const found: number[] = []
    for (const name of queues) {
      for await (const { id } of control.find(`queue:${name} state:live`)) {
        found.push(((await control.show(id))?.args as { n: number }).n)
      }
    }
    return found.sort((a, b) => a - b)
  }
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

  it('that races another one loses and doubles no task, whether they have one target or two', async () => {
    const targets = [`${queue}-slow`, `${queue}-slow`, `${queue}-other`]
    for (let round = 0; round < 20; round += 1) {
      await put(20, round % 2 === 0 ? {} : { delay: '1h' })
      const plans = await Promise.all(targets.map(async () => await control.plan('move', `queue:${queue}`)))
      const results = await Promise.all(plans.map(async (plan, i) => await control.move(plan, targets[i] ?? '')))
      expect(results.reduce((sum, { done }) => sum + done, 0)).toBe(20)
      expect(await live(queue, ...new Set(targets))).toEqual(numbers(20))
      await control.drop(await control.plan('drop', `queue:${queue}*`))
    }
  })

  it('that races workers of both queues lets each task run once', async () => {
    const to = `${queue}-slow`
    await put(300)
    await at.serve({ taskQueues: [queue, to], concurrentTasks: 3 })
    while ((await live(queue)).length > 0) await Promise.all([move(to), move(to)])
    await until('all have run', () => (runs.length >= 300 ? true : undefined))
    await until('none is left', async () => ((await live(queue, to)).length === 0 ? true : undefined))
    expect(runs.toSorted((a, b) => a - b)).toEqual(numbers(300))
  })

  it('leaves nothing that a retry would run once more', async () => {
    await put(3)
    await move(`${queue}-slow`)
    expect((await control.plan('retry', `queue:${queue}`, { deep: true })).count).toBe(0)
    expect(await control.queue(queue)).toMatchObject({ failed: 0, ready: 0 })
  })

  it('leaves a record that says where the task goes on, as which one, and names no retry', async () => {
    const to = `${queue}-slow`
    const { id } = await api.tasks.queue(note, { n: 1 }, { queue, callback: false })
    const { created } = await move(to)
    const [newId = ''] = created
    expect(await control.show(id)).toMatchObject({ moved: { queue: to, id: newId } })
    expect(await control.show(newId)).toMatchObject({ queue: to, moved: null })
    const { says, reasons } = await control.explain(id)
    expect(says).toMatch(new RegExp(`^${id} moves.note in queue ${queue} was moved to queue ${to} .* ago$`))
    expect(reasons).toMatchObject([{ code: 'MOVED', fix: `pq explain ${newId}`, evidence: { movedAs: newId } }])
    expect((await control.plan('retry', `id:${id}`)).count).toBe(0)
    await control.drop(await control.plan('drop', `id:${newId}`))
    expect((await control.explain(id)).reasons).toMatchObject([{ code: 'MOVED', fix: null }])
  })

  it('is refused where it would move nothing, as all tasks are in the queue already', async () => {
    await put(2)
    const refusal = {
      code: 'PQ_INVALID_OPTION',
      message: expect.stringContaining('another one than that in which the tasks wait already') as string,
    }
    await expect(move(queue)).rejects.toMatchObject(refusal)
    await expect(control.plan('move', `queue:${queue}`, { to: queue })).rejects.toMatchObject(refusal)
    expect((await control.audit({ limit: 1 }))[0]).not.toMatchObject({ target: `queue:${queue}` })
    expect(await live(queue)).toEqual([0, 1])
  })

  it('says why it has passed by a task', async () => {
    await put(3)
    const plan = await control.plan('move', `queue:${queue}`)
    await api.tasks.queue(note, { n: 4 }, { queue: `${queue}-near`, callback: false })
    const both = await control.plan('move', `queue:${queue},${queue}-near state:live`)
    expect(await control.move(both, queue)).toMatchObject({
      done: 1,
      skips: [{ count: 3, says: expect.stringContaining(`is in queue ${queue} already`) as string }],
    })
    await move(`${queue}-slow`)
    expect(await control.move(plan, `${queue}-other`)).toMatchObject({
      done: 0,
      skips: [{ count: 3, says: expect.stringContaining('does not wait any more') as string }],
    })
  })
})
