import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../../../support/cluster.js'
import { startCluster } from '../../../support/cluster.js'
import { Servers } from '../../../support/server-process.js'
import { until } from '../../../support/until.js'

const MANAGE = fileURLToPath(new URL('../../../locks/fixtures/manage.mjs', import.meta.url))
const JOBS = new URL('../../../locks/fixtures/jobs.ts', import.meta.url)
const MODES = ['asyncio', 'thread', 'process']

describe('an app on a cluster', () => {
  let cluster: Cluster
  let directory: string
  let effects: string
  let app: PulsarQueue
  let api: Api
  const servers = new Servers(MANAGE)

  beforeAll(async () => {
    cluster = await startCluster()
    directory = mkdtempSync(join(tmpdir(), 'pq-cluster-app-'))
    effects = join(directory, 'effects')
    writeFileSync(effects, '')
    app = new PulsarQueue({ dataStore: cluster.url, taskPaths: [JOBS], logLevel: 'warn' })
    api = await app.api().start()
  })
  afterAll(async () => {
    await servers.kill()
    await app.close()
    await cluster.stop()
    rmSync(directory, { recursive: true })
  })

  it('has worker processes, with threads and child processes of theirs, which share locks, and events of their tasks', async () => {
    const done: string[] = []
    await api.onEvents('task', 'done', (_channel, _event, { id }) => done.push(id))
    await servers.start(cluster.url, { EFFECTS: effects }, ['--workers', '2'])
    const tasks = await Promise.all(
      Array.from({ length: 30 }, async (_, i) => await api.tasks.queue(`${MODES[i % 3] ?? ''}.exclusive`)),
    )
    expect(new Set(tasks.map(({ result }) => result)).size).toBe(30)
    const lines = readFileSync(effects, 'utf8').trim().split('\n')
    expect(lines).toEqual(Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 'in' : 'out')))
    await until('all events', () => (done.length === 30 ? true : undefined))
    expect(new Set(done)).toEqual(new Set(tasks.map(({ id }) => id)))
  })
})
