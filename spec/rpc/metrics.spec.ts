import { readFileSync } from 'node:fs'
import type { Api, PulsarQueueOptions } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { fetch } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { metricsFormatOf } from '../../lib/operate/metrics/write-metrics.js'
import type { MetricFamily } from '../support/open-metrics.js'
import { readOpenMetrics } from '../support/open-metrics.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'

const OPEN = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'

defineJob({ name: 'metrics.hourly', runEvery: '1h' }, () => undefined)
const work = defineJob({ name: 'metrics.work "quoted"', maxRetries: 1, retryDelay: 0 }, (fails: boolean) => {
  if (fails) throw new Error('no')
})

describe.each(STORES)('the metrics of a node on $store', ({ make }) => {
  let store: Store
  let api: Api
  let producer: PulsarQueue
  const open: PulsarQueue[] = []

  beforeAll(async () => {
    store = await make()
    producer = new PulsarQueue({ dataStore: store.url, parseConsole: false, logLevel: 'silent' })
    api = await producer.api().start()
  })
  afterEach(async () => {
    for (const app of open.splice(0)) await app.close()
  })
  afterAll(async () => {
    await producer.close()
    await store.dispose()
  })

  const node = async (options: PulsarQueueOptions = {}): Promise<PulsarQueue> => {
    const app = new PulsarQueue({
      dataStore: store.url,
      workers: 0,
      schedulePeriodic: true,
      parseConsole: false,
      logLevel: 'silent',
      rpcBind: '127.0.0.1:0',
      ...options,
    })
    open.push(app)
    await app.start()
    return app
  }
  const read = async (app: PulsarQueue, path: string): Promise<ReadonlyMap<string, MetricFamily>> => {
    const reply = await fetch(`${app.rpcUrl ?? ''}/${path}`, { headers: { accept: OPEN } })
    expect([reply.status, reply.headers.get('content-type')]).toEqual([
      200,
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ])
    return readOpenMetrics(await reply.text())
  }
  const run = async (...fails: boolean[]): Promise<void> => {
    const ends = fails.map((each) => api.tasks.queue(work, { fails: each }))
    await Promise.all(ends.map(async (end) => await end.catch(() => undefined)))
  }
  /** The counters of a scrape, by name and labels. */
  const countersOf = (families: ReadonlyMap<string, MetricFamily>): Map<string, number> =>
    new Map(
      [...families.values()]
        .filter(({ type }) => type !== 'gauge')
        .flatMap(({ samples }) => samples.map(({ name, labels, value }) => [name + JSON.stringify(labels), value])),
    )
  const valueOf = (families: ReadonlyMap<string, MetricFamily>, family: string, labels: object): number | undefined =>
    families
      .get(family)
      ?.samples.find((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
      ?.value

  it('are of the whole store at /metrics/store, whichever node is asked, and never fall over a restart', async () => {
    const nodes = [await node(), await node()]
    await run(false, false, true)
    await nodes.shift()?.close()
    await nodes.shift()?.close()
    const one = await node()
    const other = await node()
    const before = await read(one, 'metrics/store')
    expect(countersOf(await read(other, 'metrics/store'))).toEqual(countersOf(before))
    const labels = { queue: 'pulsarqueue', job: 'metrics.work "quoted"' }
    expect(valueOf(before, 'pulsar_queue_queued', { queue: 'pulsarqueue' })).toBe(3)
    expect(valueOf(before, 'pulsar_queue_ended', { ...labels, outcome: 'succeeded' })).toBe(2)
    expect(valueOf(before, 'pulsar_queue_ended', { ...labels, outcome: 'failed' })).toBe(1)
    expect(valueOf(before, 'pulsar_queue_retried', { queue: 'pulsarqueue' })).toBe(1)
    expect(valueOf(before, 'pulsar_queue_workers', { queue: 'pulsarqueue' })).toBe(2)
    expect(valueOf(before, 'pulsar_queue_slots', { queue: 'pulsarqueue', use: 'free' })).toBe(10)
    expect(valueOf(before, 'pulsar_queue_problems_open', { queue: 'pulsarqueue' })).toBe(1)
    expect(valueOf(before, 'pulsar_queue_job_last_success_timestamp_seconds', { job: labels.job })).toBeGreaterThan(1e9)
    const counts = before.get('pulsar_queue_run_seconds')?.samples.filter(({ name }) => name.endsWith('_count'))
    expect(counts?.map(({ value }) => value)).toEqual([4])
    // One node is replaced after the other.
    await run(true, false)
    await one.close()
    const last = await node()
    await run(false)
    await other.close()
    const after = countersOf(await read(last, 'metrics/store'))
    for (const [name, value] of countersOf(before)) expect(after.get(name), name).toBeGreaterThanOrEqual(value)
  })

  it('never fall in any scrape while workers are replaced one after the other, and are the same of both nodes', async () => {
    const nodes = [await node(), await node()]
    let scrapes = 0
    let isOver = false
    const scrape = async (): Promise<void> => {
      let last = new Map<string, number>()
      while (!isOver) {
        // The younger one: the other may be about to close.
        const asked = nodes.at(-1)
        if (asked === undefined) throw new Error('expected a node')
        const now = countersOf(await read(asked, 'metrics/store'))
        for (const [name, value] of last) expect(now.get(name), name).toBeGreaterThanOrEqual(value)
        last = now
        scrapes += 1
      }
    }
    const restart = async (): Promise<void> => {
      for (let round = 0; round < 4; round++) {
        const before = scrapes
        await run(false, false, true)
        nodes.push(await node())
        await Promise.all([nodes.shift()?.close(), run(true, false)])
        await expect.poll(() => scrapes - before).toBeGreaterThan(2)
      }
      isOver = true
    }
    await Promise.all([scrape(), restart().finally(() => (isOver = true))])
    const [one, other] = await Promise.all(nodes.map(async (each) => countersOf(await read(each, 'metrics/store'))))
    expect(one).toEqual(other)
  })

  it('have one sample of a periodic job that several queues have: of the one that is overdue longest', async () => {
    for (const [queue, hours] of [
      ['early', 3],
      ['late', 5],
      ['now', 0],
    ] as const) {
      const tick = { job: 'metrics.hourly', expected: null, at: Date.now() - hours * 3_600_000 }
      await api.broker.tick(queue, { ...tick, schedule: 'every 3600000 ms', operation: queue, task: null })
    }
    const text = await api.control.metrics({ format: 'openmetrics' })
    const samples = readOpenMetrics(text).get('pulsar_queue_schedule_overdue_seconds')?.samples ?? []
    expect(samples.map(({ labels, value }) => [labels, Math.round(value / 3_600)])).toEqual([
      [{ job: 'metrics.hourly' }, 4],
    ])
  })

  it('are of its own workers at /metrics', async () => {
    const app = await node({ concurrentTasks: 7 })
    const families = await read(app, 'metrics')
    expect([...families.keys()].every((name) => name.startsWith('pulsar_worker_'))).toBe(true)
    expect(valueOf(families, 'pulsar_worker_slots', {})).toBe(7)
    expect(valueOf(families, 'pulsar_worker_running', {})).toBe(0)
    expect(valueOf(families, 'pulsar_worker_heap_bytes', {})).toBeGreaterThan(1e6)
  })

  it('come in the format of Prometheus unless OpenMetrics is asked for', async () => {
    const app = await node()
    const reply = await fetch(`${app.rpcUrl ?? ''}/metrics/store`)
    expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await reply.text()
    expect(text).toContain('# TYPE pulsar_queue_queued_total counter\n')
    expect(text).not.toContain('# EOF')
  })

  it('ask for the token where there is one', async () => {
    const app = await node({ rpcToken: 'secret' })
    for (const path of ['metrics', 'metrics/store', 'autoscale/pulsarqueue']) {
      expect((await fetch(`${app.rpcUrl ?? ''}/${path}`)).status).toBe(401)
    }
    const headers = { authorization: 'Bearer secret' }
    expect((await fetch(`${app.rpcUrl ?? ''}/metrics`, { headers })).status).toBe(200)
  })

  it('tell an autoscaler what a queue needs, and answer 503 where that is unknown', async () => {
    const app = await node()
    const unknown = await fetch(`${app.rpcUrl ?? ''}/autoscale/nowhere`)
    expect([unknown.status, await unknown.json()]).toMatchObject([503, { error: { code: 'PQ_NOT_MEASURED' } }])
    const wrong = await fetch(`${app.rpcUrl ?? ''}/autoscale/pulsarqueue?drain=soon`)
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: { code: 'PQ_INVALID_DURATION' } }])
    const known = await fetch(`${app.rpcUrl ?? ''}/autoscale/pulsarqueue?drain=5m&slots=2`)
    expect([known.status, await known.json()]).toMatchObject([
      200,
      { queue: 'pulsarqueue', ready: 0, backlogSeconds: 0 },
    ])
  })

  it.each(['grafana.json', 'alerts.yaml'])('are all that samples/observe/%s names', async (file) => {
    const app = await node()
    const names = new Set<string>()
    for (const path of ['metrics', 'metrics/store']) {
      for (const { samples } of (await read(app, path)).values()) for (const { name } of samples) names.add(name)
      for (const name of (await read(app, path)).keys()) names.add(name)
    }
    const used = new Set(readFileSync(`samples/observe/${file}`, 'utf8').match(/\bpulsar_\w+/g))
    expect(used.size).toBeGreaterThan(8)
    expect([...used].filter((name) => !names.has(name))).toEqual([])
  })
})

describe('the format of metrics', () => {
  it.each([
    [null, 'prometheus'],
    ['*/*', 'prometheus'],
    ['text/plain;version=0.0.4', 'prometheus'],
    ['application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.9', 'prometheus'],
    ['application/openmetrics-text;q=0', 'prometheus'],
    ['application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.2,*/*;q=0.1', 'openmetrics'],
  ])('for Accept: %s is %s', (accept, format) => {
    expect(metricsFormatOf(accept)).toBe(format)
  })
})
