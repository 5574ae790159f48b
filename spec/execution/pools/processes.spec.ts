import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Api } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAlive } from '../../support/processes.js'
import type { ServerProcess } from '../../support/server-process.js'
import { startServer } from '../../support/server-process.js'
import type { Store } from '../../support/stores.js'
import { STORES } from '../../support/stores.js'
import { until } from '../../support/until.js'
import { untilStarted } from '../../support/until-started.js'

const MANAGE = fileURLToPath(new URL('./fixtures/manage.mjs', import.meta.url))
const JOBS = [new URL('./fixtures/jobs.ts', import.meta.url), new URL('./fixtures/bound.ts', import.meta.url)]

describe.each(STORES)('the pools of a worker process on $store', ({ make }) => {
  let store: Store
  let api: Api
  let server: ServerProcess

  beforeAll(async () => {
    store = await make()
    const settings = ['--data-store', store.url, '--workers', '1', '--log-level', 'warn', '--lease-ttl', '1s']
    server = await startServer(MANAGE, settings, { NODE_OPTIONS: '--max-old-space-size=96' })
    api = await new PulsarQueue({ dataStore: store.url, taskPaths: JOBS, logLevel: 'silent' }).api().start()
  })
  afterAll(async () => {
    await server.kill('SIGTERM')
    await api.close()
    await store.dispose()
  })

  it.each(['thread', 'process'])('inject the bindings of the program into a job in a %s', async (mode) => {
    expect(await api.tasks.queue(`${mode}.bound`)).toMatchObject({ exception: null, result: 'bound by the program' })
  })

  it.each(['thread', 'process'])('fail a task that runs out of memory in a %s, and no other', async (mode) => {
    const other = api.tasks.queue(`${mode}.waits`, { ms: 300 })
    const task = await api.tasks.queue(`${mode}.fills.memory`)
    expect(task).toMatchObject({
      statusString: 'FAILURE',
      retry: 1,
      exception: expect.stringMatching(/ended/) as string,
    })
    expect(await other).toMatchObject({ statusString: 'SUCCESS', result: 300 })
    expect(server.output()).not.toMatch(/worker process \d+ ended/)
  })

  it('leave no process behind when the worker is killed while a job blocks its event loop', async () => {
    const { result } = await api.tasks.queue('process.where')
    const { pid } = result as { pid: number }
    const spins = api.tasks.queue('process.spins', {}, { timeout: '10m' })
    await untilStarted(api, spins.id)
    const worker = Number(
      readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
        .split(') ')[1]
        ?.split(' ')[1],
    )
    process.kill(worker, 'SIGKILL')
    await until('the child is gone', () => (isAlive(pid) ? undefined : true))
    await spins.revoke()
    expect(await spins).toMatchObject({ statusString: 'REVOKED' })
  })
})
