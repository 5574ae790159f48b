import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Control, QueueOptions } from 'pulsar-queue'
import { defineJob } from 'pulsar-queue'
import { describe, expect, it, onTestFinished } from 'vitest'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'

const TASKS = 100_000
const work = defineJob({ name: 'export.many' }, ({ n }: { n: number }) => n)

const [embedded, redis] = ['embedded', 'redis'].map((name) => STORES.find(({ store }) => store === name))
if (embedded === undefined || redis === undefined) throw new Error('expected both stores')

/** The lines of an export, by the ids that they begin with. */
async function linesOf(control: Control, filter: string): Promise<string[]> {
  const lines: string[] = []
  for await (const line of control.export(filter, { whole: true })) lines.push(line)
  return lines.sort()
}

describe(`${String(TASKS)} tasks`, () => {
  const here = useOperatedStore(embedded.make)
  const there = useOperatedStore(redis.make)

  it('go from the embedded store to Redis, equal and once, and come back from the file of a drop', async () => {
    const { api, control, queue } = here
    for (let n = 0; n < TASKS; n += 1_000) {
      const calls = Array.from({ length: 1_000 }, (_, i) => ({ n: n + i }))
      const more: QueueOptions = n % 2_000 === 0 ? { delay: '1d', priority: 7, tags: ['even'] } : {}
      await Promise.all(api.tasks.queueMany(work, calls, { queue, callback: false, ...more }))
    }
    const lines = await linesOf(control, `queue:${queue}`)
    expect(lines).toHaveLength(TASKS)
    expect(await there.control.import(lines)).toEqual({ imported: TASKS, over: 0, known: 0 })
    expect(await there.control.import(lines)).toEqual({ imported: 0, over: 0, known: TASKS })
    const sizes = { ready: TASKS / 2, delayed: TASKS / 2 }
    expect(await there.control.queue(queue)).toMatchObject(sizes)
    expect((await linesOf(there.control, `queue:${queue}`)).join('\n') === lines.join('\n')).toBe(true)

    const directory = await mkdtemp(join(tmpdir(), 'pulsar-large-'))
    onTestFinished(async () => {
      await rm(directory, { recursive: true })
    })
    const file = join(directory, 'dropped.ndjson')
    const plan = await there.control.plan('drop', `queue:${queue}`)
    expect(await there.control.drop(plan, { file })).toMatchObject({ done: TASKS, skipped: 0 })
    expect(await there.control.queue(queue)).toMatchObject({ ready: 0, delayed: 0 })
    expect(await there.control.import(createInterface({ input: createReadStream(file) }))).toMatchObject({
      imported: TASKS,
    })
    expect(await there.control.queue(queue)).toMatchObject(sizes)
    expect((await linesOf(there.control, `queue:${queue}`)).join('\n') === lines.join('\n')).toBe(true)
  }, 300_000)
})
