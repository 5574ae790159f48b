import { fileURLToPath } from 'node:url'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { startServer } from '../support/server-process.js'
import { STORES } from '../support/stores.js'

const ONE_FILE = fileURLToPath(new URL('./fixtures/one-file.mjs', import.meta.url))

const product = defineJob({ name: 'product' }, function (a: number, b: number) {
  return a * b
})
const where = defineJob({ name: 'where', concurrency: 'process' }, function () {
  return process.pid
})

describe('a program that names no taskPaths', () => {
  it('has the jobs that it defines, by name', async () => {
    await using app = closing(new PulsarQueue({ dataStore: 'embedded::memory:', logLevel: 'silent' }))
    const api = await app.api().start()
    expect(api.tasks.jobList().map(([name]) => name)).toEqual(['product', 'where'])
    expect((await api.tasks.execute('product', { a: 6, b: 7 })).result).toBe(42)
  })

  it('is told why an app with taskPaths does not see them', async () => {
    const taskPaths = [new URL('../rpc/fixtures/jobs.ts', import.meta.url)]
    await using app = closing(new PulsarQueue({ dataStore: 'embedded::memory:', taskPaths, logLevel: 'silent' }))
    const api = await app.api().start()
    await expect(api.tasks.queue('product', { a: 6, b: 7 })).rejects.toThrow(/^no job is named "product".*taskPaths/)
    await expect(api.tasks.queue('product', { a: 6, b: 7 })).rejects.toThrow(/the program defines such a job/)
  })

  it('refuses to run those in other processes that it alone could define', async () => {
    await using app = closing(new PulsarQueue({ dataStore: 'embedded::memory:', workers: 0, logLevel: 'silent' }))
    await expect(app.start()).rejects.toThrow(/^job where: .*list its file/)
  })

  it.each(STORES)('serves them from its worker processes, and in their children, on $store', async ({ make }) => {
    const store = await make()
    const server = await startServer(ONE_FILE, ['--data-store', store.url, '--workers', '1', '--log-level', 'warn'])
    const app = new PulsarQueue({ dataStore: store.url, logLevel: 'silent' })
    const api = await app.api().start()
    expect((await api.tasks.queue(product, [6, 7])).result).toBe(42)
    const pid = await api.tasks.queue(where, []).result()
    expect([process.pid, server.pid]).not.toContain(pid)
    await app.close()
    expect(await server.kill('SIGTERM')).toBe(0)
    await store.dispose()
  })
})

function closing(app: PulsarQueue): PulsarQueue & AsyncDisposable {
  return Object.assign(app, {
    [Symbol.asyncDispose]: async () => {
      await app.close()
    },
  })
}
