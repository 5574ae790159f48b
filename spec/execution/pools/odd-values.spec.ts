import { fileURLToPath } from 'node:url'
import type { Api, Task } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LOGGED_NAMES, ODD_VALUES } from './fixtures/odd-value-jobs.js'

const JOBS = fileURLToPath(new URL('./fixtures/odd-value-jobs.ts', import.meta.url))
const KINDS = Object.keys(ODD_VALUES)

describe.each(['asyncio', 'thread', 'process'] as const)('a job of concurrency %s', (mode) => {
  let app: PulsarQueue
  let api: Api

  const run = async (name: string, kind: string): Promise<Task> =>
    await api.tasks.queue(`${mode}.${name}`, { kind }).wait('20s')

  beforeAll(async () => {
    app = new PulsarQueue({
      dataStore: 'embedded::memory:',
      taskPaths: [JOBS],
      parseConsole: false,
      logLevel: 'fatal',
      workers: 0,
      concurrentTasks: 2,
    })
    api = await app.api().start()
    await app.start()
  })
  afterAll(async () => {
    await app.close()
  })

  it.each(KINDS)('fails with its own words when the data of its error are %s', async (kind) => {
    for (const name of ['throws', 'throws.plain'])
      expect(await run(name, kind)).toMatchObject({ statusString: 'FAILURE', exception: 'words of the job', retry: 1 })
  })

  it.each(KINDS)('fails with the reason when its result, progress or arguments are %s', async (kind) => {
    for (const name of ['returns', 'progresses', 'queues']) {
      const { statusString, exception } = await run(name, kind)
      expect([name, statusString]).toEqual([name, 'FAILURE'])
      expect(exception).toMatch(
        /nested deeper than 500 levels|makes more than 10,000,000 values|cannot be serialized|cannot be sent|another thread or process can read/,
      )
    }
  })

  it.each(KINDS)('ends when it gives a function %s', async (kind) => {
    expect(['SUCCESS', 'FAILURE']).toContain((await run('runs.a.function', kind)).statusString)
  })

  it.each(LOGGED_NAMES)('is not failed by a log line with %s', async (kind) => {
    expect(await run('logs', kind)).toMatchObject({ statusString: 'SUCCESS', exception: null })
  })

  it('is refused wrong options of a call, and no call throws', async () => {
    const { result } = await run('refusals', '')
    expect(result).toEqual(Array.from({ length: 8 }, () => 'PQ_INVALID_OPTION'))
  })

  it('has lost no slot after all of these', async () => {
    const tasks = await Promise.all(Array.from({ length: 4 }, async () => await run('fine', '')))
    expect(tasks.map(({ statusString }) => statusString)).toEqual(Array.from({ length: 4 }, () => 'SUCCESS'))
  })
})
