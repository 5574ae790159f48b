import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer } from '../support/server-process.js'

const API_FIRST = fileURLToPath(new URL('./fixtures/api-first.mjs', import.meta.url))

const product = defineJob({ name: 'product' }, function (a: number, b: number) {
  return a * b
})

describe('the command line of a program that starts its api before it serves', () => {
  let directory: string
  let store: string

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'pq-command-line-'))
    store = `embedded:${join(directory, 'store')}`
  })
  afterAll(() => {
    rmSync(directory, { recursive: true })
  })

  it.each(['0', '1'])('is read by start(), with workers: %s', async (workers) => {
    const args = ['--workers', workers, '--concurrent-tasks', '3']
    await using server = await startServer(API_FIRST, args, { STORE: store })
    expect(server.output()).toContain('at once: 3')
    const app = new PulsarQueue({ dataStore: store, logLevel: 'silent' })
    const api = await app.api().start()
    expect(await api.tasks.queue(product, [6, 7]).result()).toBe(42)
    await app.close()
    expect(await server.kill('SIGTERM')).toBe(0)
  })

  it('is refused where it sets what the connected api is built on', async () => {
    const args = ['--data-store', `embedded:${join(directory, 'other')}`, '--workers', '0']
    await expect(startServer(API_FIRST, args, { STORE: store })).rejects.toThrow(
      /command line: expected setting dataStore to be .*store.*got .*other.*call start\(\) before api\(\).start\(\)/,
    )
  })
})
