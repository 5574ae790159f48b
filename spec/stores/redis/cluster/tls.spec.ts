import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api, StoreOptions } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { slotOfKey } from '../../../../lib/stores/redis/cluster/key-slot.js'
import { RedisBroker } from '../../../../lib/stores/redis/redis-broker.js'
import type { Certificate } from '../../../support/certificate.js'
import { makeCertificate } from '../../../support/certificate.js'
import type { Cluster } from '../../../support/cluster.js'
import { startCluster } from '../../../support/cluster.js'
import { Servers } from '../../../support/server-process.js'
import { task } from '../fixture.js'

const MANAGE = fileURLToPath(new URL('fixtures/manage-tls.mjs', import.meta.url))
const JOBS = new URL('../../../locks/fixtures/jobs.ts', import.meta.url)
const NAME = 'redis.internal'
const MODES = ['asyncio', 'thread', 'process']

describe('a cluster whose nodes speak TLS only, under another name than their addresses', () => {
  let cluster: Cluster
  let certificate: Certificate
  let tls: NonNullable<StoreOptions['tls']>
  let directory: string
  let app: PulsarQueue
  let api: Api
  const servers = new Servers(MANAGE)

  beforeAll(async () => {
    certificate = makeCertificate(`DNS:${NAME}`)
    tls = { ca: certificate.ca, servername: NAME }
    cluster = await startCluster({ certificate, replicas: 1 })
    directory = mkdtempSync(join(tmpdir(), 'pq-cluster-tls-'))
    writeFileSync(join(directory, 'effects'), '')
    app = new PulsarQueue({ dataStore: cluster.url, storeOptions: { tls }, taskPaths: [JOBS], logLevel: 'error' })
    api = await app.api().start()
  })
  afterAll(async () => {
    await servers.kill()
    await app.close()
    await cluster.stop()
    certificate.dispose()
    rmSync(directory, { recursive: true })
  })

  const refusal = async (url: string, options?: StoreOptions): Promise<string> => {
    const broker = new RedisBroker(url, options)
    try {
      return await broker.connect().then(
        () => 'opened',
        (error: unknown) => `${(error as { code: string }).code} ${(error as Error).message}`,
      )
    } finally {
      await broker.close()
    }
  }

  it('is reached by producers, by worker processes and their heartbeats, and by the locks of threads and child processes', async () => {
    const env = { EFFECTS: join(directory, 'effects'), STORE_OPTIONS: JSON.stringify({ tls }) }
    await servers.start(cluster.url, env, ['--workers', '1', '--lease-ttl', '3s'])
    const tasks = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => await api.tasks.queue(`${MODES[i % 3] ?? ''}.exclusive`)),
    )
    expect(new Set(tasks.map(({ result }) => result)).size).toBe(12)
    const lines = readFileSync(env.EFFECTS, 'utf8').trim().split('\n')
    expect(lines).toEqual(Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? 'in' : 'out')))
    // It blocks the event loop for three times its lease of three seconds: only the heartbeat thread keeps the lease and the lock. With
    // one of a second, that thread had two thirds of it to reach another node over TLS, beside a job that has a core for itself.
    expect((await api.tasks.queue('spins', { ms: 9_000 })).result).toBe(true)
  })

  it('is followed where a slot moves, and where a replica takes over', async () => {
    const queue = 'moves'
    const slot = slotOfKey(`{pq:${queue}}:s`)
    const broker = new RedisBroker(cluster.url, { tls })
    await broker.queue(queue, [task('a')])
    const from = await cluster.masterOf(slot)
    const [to] = cluster.masters.filter((each) => each !== from)
    if (to) await cluster.move(slot, to)
    await broker.queue(queue, [task('b')])
    const master = await cluster.masterOf(slot)
    await master.kill()
    expect((await broker.queue(queue, [task('c')]))[0]?.verdict).toBe('queued')
    expect(await broker.size(queue)).toMatchObject({ ready: 3 })
    expect(await cluster.masterOf(slot)).toBe(cluster.replicaOf(master))
    await broker.close()
  })

  it('is refused by who does not trust it, who expects another name, and who speaks without TLS: the error is typed', async () => {
    const other = makeCertificate(`DNS:${NAME}`)
    const url = `${cluster.url}?connectTimeout=2s`
    const untrusted = /^PQ_BROKER_UNREACHABLE .*self-signed certificate; let Node trust the certificate of the server/
    expect(await refusal(url)).toMatch(untrusted)
    expect(await refusal(url, { tls: { ...tls, ca: other.ca } })).toMatch(untrusted)
    expect(await refusal(url, { tls: { ca: certificate.ca } })).toMatch(
      /^PQ_BROKER_UNREACHABLE .*altnames.*; let Node trust .* and use its name in the URL/,
    )
    expect(await refusal(url.replace('rediss', 'redis'))).toMatch(
      /^PQ_BROKER_UNREACHABLE .*it speaks TLS, and its URL does not; begin its URL with rediss/,
    )
    other.dispose()
  })
})
