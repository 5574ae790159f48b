import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as api from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import type { DataPoint, Histogram, MetricData } from '@opentelemetry/sdk-metrics'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { defineJob, PulsarQueue, Telemetry } from 'pulsar-queue'
import { otelTelemetry } from 'pulsar-queue/otel'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const HOUR = 3_600_000
const OUTCOME = { state: 'succeeded', errorType: null, message: null, retryIn: null } as const

/** A real SDK, which is read when a spec asks. */
class Meters {
  readonly #exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  readonly #reader = new PeriodicExportingMetricReader({ exporter: this.#exporter, exportIntervalMillis: 3_600_000 })
  readonly provider = new MeterProvider({ readers: [this.#reader] })

  /** All metrics as they are now. */
  async #metrics(): Promise<readonly MetricData[]> {
    this.#exporter.reset()
    await this.#reader.forceFlush()
    return this.#exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
  }

  /** The points of a metric as they are now. */
  async read(): Promise<(name: string) => readonly Point[]> {
    const metrics = await this.#metrics()
    return (name) =>
      metrics
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }): readonly Point[] => dataPoints as readonly Point[])
  }

  /** The units of all metrics that have points. */
  async units(): Promise<Readonly<Record<string, string>>> {
    return Object.fromEntries((await this.#metrics()).map(({ descriptor: { name, unit } }) => [name, unit]))
  }

  /** What the observable metrics say now. Ages are left out. */
  async observed(): Promise<string[]> {
    const pointsOf = await this.read()
    const told = ['pulsar_queue.tasks', 'pulsar_queue.oldest_ready', 'pulsar_queue.workers'].flatMap((name) =>
      pointsOf(name).map(({ attributes, value }) => {
        const words = [name, attributes['messaging.destination.name'], attributes['pulsar_queue.state']]
        const shown = name.endsWith('oldest_ready') && value !== 0 ? [] : [value]
        return [...words, ...shown]
          .filter((word) => word !== undefined)
          .map(String)
          .join(' ')
      }),
    )
    return told.filter((each) => / (?:mail|later)\b/.test(each)).sort()
  }
}

type Point = DataPoint<number | Histogram>

/** The points that have all of the attributes. */
function having(points: readonly Point[], wanted: api.Attributes): readonly Point[] {
  return points.filter(({ attributes }) => Object.entries(wanted).every(([key, value]) => attributes[key] === value))
}

describe('the telemetry of pulsar-queue/otel', () => {
  const exporter = new InMemorySpanExporter()

  beforeAll(() => {
    api.propagation.setGlobalPropagator(new W3CTraceContextPropagator())
    api.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
  })
  beforeEach(() => {
    exporter.reset()
  })
  afterAll(() => {
    api.trace.disable()
    api.propagation.disable()
  })

  function traced(telemetry: Telemetry, later: number): { readonly isChild: boolean; readonly isLinked: boolean } {
    telemetry.open({ address: 'redis://10.0.0.7:6379/0', nodeName: 'node' })
    const facts = { id: 'i1', queue: 'mail', job: 'mail.send', priority: 4 }
    const sent = telemetry.send(facts)
    sent.end()
    const times = { queuedAt: 0, dueAt: 0, claimedAt: later, isTick: false, run: 1, worker: 'w' }
    telemetry.run({ ...facts, ...times, carrier: sent.carrier }).end(OUTCOME)
    const [queued, ran] = exporter.getFinishedSpans()
    const id = queued?.spanContext().spanId
    expect(queued?.attributes).toMatchObject({ 'server.address': '10.0.0.7', 'server.port': 6379 })
    return { isChild: ran?.parentSpanContext?.spanId === id, isLinked: ran?.links[0]?.context.spanId === id }
  }

  it('refuses options that it does not have', () => {
    expect(() => otelTelemetry({ settleSpan: true } as object)).toThrow('did you mean settleSpans?')
    expect(() => otelTelemetry({ parent: 'links' } as object)).toThrow("expected option parent to be 'child' or 'link'")
    expect(() => otelTelemetry({ sizes: 'yes' } as object)).toThrow('expected option sizes to be true or false')
  })

  it('cuts a trace of which a run begins more than an hour later', () => {
    expect(traced(otelTelemetry(), HOUR)).toEqual({ isChild: true, isLinked: true })
    exporter.reset()
    expect(traced(otelTelemetry(), HOUR + 1)).toEqual({ isChild: false, isLinked: true })
  })

  it('only links runs where the options say so', () => {
    expect(traced(otelTelemetry({ parent: 'link' }), 0)).toEqual({ isChild: false, isLinked: true })
  })

  it('makes no spans for the single tasks of many where the options say so', () => {
    const telemetry = otelTelemetry({ createSpans: false })
    telemetry.open({ address: 'embedded:/tmp', nodeName: 'node' })
    const many = telemetry.sendMany(3)
    const sent = ['i1', 'i2'].map((id) => many.send({ id, queue: 'mail', job: 'mail.send', priority: 4 }))
    many.skip()
    for (const each of sent) each.end()
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['queue mail'])
    expect(new Set(sent.map(({ carrier }) => carrier?.['traceparent'])).size).toBe(1)
  })

  it('has a span of each call that settles runs where the options say so, linked to these', async () => {
    const add = defineJob({ name: 'add' }, (a: number, b: number) => a + b)
    for (const settleSpans of [false, true]) {
      exporter.reset()
      const app = new PulsarQueue({
        ...{ dataStore: 'embedded::memory:', taskQueues: ['mail'], workers: 0 },
        ...{ parseConsole: false, logLevel: 'silent' },
      })
      app.container.register(Telemetry, { useValue: otelTelemetry({ settleSpans }) })
      await app.start()
      await (await app.api().start()).tasks.queue(add, [1, 2], { queue: 'mail' })
      await app.close()
      const spans = exporter.getFinishedSpans()
      const ran = spans.find(({ name }) => name === 'process mail')
      const settled = spans.filter(({ name }) => name === 'settle mail')
      expect(settled).toHaveLength(settleSpans ? 1 : 0)
      if (!settleSpans) continue
      expect(settled[0]).toMatchObject({
        kind: api.SpanKind.CLIENT,
        status: { code: api.SpanStatusCode.UNSET },
        attributes: {
          'messaging.system': 'pulsar_queue',
          'messaging.operation.name': 'settle',
          'messaging.operation.type': 'settle',
          'messaging.destination.name': 'mail',
          'messaging.batch.message_count': 1,
        },
      })
      expect(settled[0]?.parentSpanContext).toBeUndefined()
      expect(settled[0]?.links.map(({ context }) => context.spanId)).toEqual([ran?.spanContext().spanId])
    }
  })

  it('says why a call that settles runs has failed', () => {
    const telemetry = otelTelemetry({ settleSpans: true })
    telemetry.open({ address: 'embedded:/tmp', nodeName: 'node' })
    telemetry.settle({ queue: 'mail', count: 2, runs: [] })?.(new RangeError('full'))
    const [span] = exporter.getFinishedSpans()
    expect(span).toMatchObject({
      status: { code: api.SpanStatusCode.ERROR, message: 'full' },
      attributes: { 'error.type': 'RangeError' },
    })
    expect(otelTelemetry().settle({ queue: 'mail', count: 1, runs: [] })).toBeNull()
  })

  it('counts and times what is sent, run and settled, and tells sizes where the options say so', async () => {
    const meters = new Meters()
    api.metrics.setGlobalMeterProvider(meters.provider)
    try {
      const add = defineJob({ name: 'add' }, (a: number, b: number) => {
        if (a > 1) throw new RangeError('no')
        return a + b
      })
      const app = new PulsarQueue({
        ...{ dataStore: 'embedded::memory:', taskQueues: ['mail'], workers: 0 },
        ...{ parseConsole: false, logLevel: 'silent' },
      })
      app.container.register(Telemetry, { useValue: otelTelemetry({ settleSpans: true, sizes: true }) })
      await app.start()
      const { tasks } = await app.api().start()
      await tasks.queue(add, [1, 2], { queue: 'mail' })
      await tasks.queue(add, [2, 2], { queue: 'mail' })
      await Promise.all(
        tasks.queueMany(
          add,
          [
            [1, 1],
            [1, 2],
          ],
          { queue: 'later', callback: false },
        ),
      )
      await tasks.queue(add, [1, 2], { queue: 'later', delay: '1h', callback: false }).wait()
      expect(await meters.observed()).toEqual([
        'pulsar_queue.oldest_ready later',
        'pulsar_queue.oldest_ready mail 0',
        'pulsar_queue.tasks later delayed 1',
        'pulsar_queue.tasks later held 0',
        'pulsar_queue.tasks later ready 2',
        'pulsar_queue.tasks mail delayed 0',
        'pulsar_queue.tasks mail held 0',
        'pulsar_queue.tasks mail ready 0',
        'pulsar_queue.workers later 0',
        'pulsar_queue.workers mail 1',
      ])
      // What is over is told as 0: an SDK would repeat the last value of what it is not told any more.
      await tasks.flushQueues('later')
      expect((await meters.observed()).filter((each) => each.includes('later'))).toEqual([
        'pulsar_queue.oldest_ready later 0',
        'pulsar_queue.tasks later delayed 0',
        'pulsar_queue.tasks later held 0',
        'pulsar_queue.tasks later ready 0',
        'pulsar_queue.workers later 0',
      ])
      await app.close()
      const pointsOf = await meters.read()
      const sumOf = (name: string, wanted: api.Attributes): number =>
        having(pointsOf(name), wanted).reduce((sum, { value }) => sum + (value as number), 0)
      const timed = (name: string, wanted: api.Attributes): Histogram[] =>
        having(pointsOf(name), wanted).map(({ value }) => value as Histogram)
      const countOf = (name: string, wanted: api.Attributes): number =>
        timed(name, wanted).reduce((sum, { count }) => sum + count, 0)
      expect(sumOf('messaging.client.sent.messages', { 'messaging.destination.name': 'mail' })).toBe(2)
      expect(sumOf('messaging.client.sent.messages', { 'messaging.destination.name': 'later' })).toBe(3)
      expect(sumOf('messaging.client.consumed.messages', { 'messaging.destination.name': 'mail' })).toBe(2)
      expect(sumOf('messaging.client.consumed.messages', { 'error.type': 'RangeError' })).toBe(1)
      expect(countOf('messaging.process.duration', { 'messaging.operation.type': 'process' })).toBe(2)
      expect(countOf('messaging.client.operation.duration', { 'messaging.operation.name': 'queue' })).toBe(4)
      expect(countOf('messaging.client.operation.duration', { 'messaging.operation.name': 'settle' })).toBe(2)
      // They are seconds, and so are the bounds of their buckets: the conventions name these, and those of an SDK are meant for ms.
      for (const name of ['messaging.process.duration', 'messaging.client.operation.duration']) {
        const [histogram] = timed(name, {})
        expect(histogram?.buckets.boundaries).toEqual([
          0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
        ])
        expect(histogram?.sum).toBeLessThan(60)
      }
      expect(await meters.units()).toMatchObject({
        'messaging.client.consumed.messages': '{message}',
        'messaging.client.operation.duration': 's',
        'messaging.client.sent.messages': '{message}',
        'messaging.process.duration': 's',
        'pulsar_queue.oldest_ready': 's',
      })
    } finally {
      api.metrics.disable()
    }
  })

  it.each([
    ['auto', ['process mail', 'queue mail']],
    ['none', []],
  ] as const)('is that of the application where it has bound one, and the setting is %s', async (telemetry, names) => {
    const add = defineJob({ name: 'add' }, (a: number, b: number) => a + b)
    const app = new PulsarQueue({
      ...{ dataStore: 'embedded::memory:', telemetry, taskQueues: ['mail'], workers: 0 },
      ...{ parseConsole: false, logLevel: 'silent' },
    })
    app.container.register(Telemetry, { useValue: otelTelemetry() })
    await app.start()
    await (await app.api().start()).tasks.queue(add, [1, 2], { queue: 'mail' })
    await app.close()
    expect(
      exporter
        .getFinishedSpans()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(names)
  })
})

describe('the setting telemetry', () => {
  let scratch: string

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'pulsar-telemetry-'))
    await mkdir(join(scratch, 'node_modules'))
    await symlink(root, join(scratch, 'node_modules/pulsar-queue'))
    // Says of each module of OpenTelemetry that it is loaded; where MISSING is set, there is none.
    const hooks = `
      export async function resolve(specifier, context, next) {
        if (!specifier.startsWith('@opentelemetry/')) return await next(specifier, context)
        process._rawDebug('loaded ' + specifier)
        if (process.env.MISSING) throw Object.assign(new Error('Cannot find package ' + specifier), { code: 'ERR_MODULE_NOT_FOUND' })
        return await next(specifier, context)
      }`
    await writeFile(join(scratch, 'hooks.mjs'), hooks)
    await writeFile(
      join(scratch, 'watch.mjs'),
      "import { register } from 'node:module'; register('./hooks.mjs', import.meta.url)",
    )
    const program = `
      import { defineJob, PulsarQueue } from 'pulsar-queue'
      const add = defineJob({ name: 'add' }, (a, b) => a + b)
      const app = new PulsarQueue({ dataStore: 'embedded::memory:', workers: 0, logLevel: 'error' })
      try {
        await app.start()
        console.log((await (await app.api().start()).tasks.queue(add, [1, 2])).result)
      } catch (error) {
        console.log(error.code, error.message)
      }
      await app.close()`
    await writeFile(join(scratch, 'program.mjs'), program)
  })
  afterAll(() => rm(scratch, { recursive: true, force: true }))

  async function start(env: Record<string, string>): Promise<{ stdout: string; stderr: string }> {
    const argv = ['--import', join(scratch, 'watch.mjs'), 'program.mjs']
    return await run(process.execPath, argv, { cwd: scratch, env: { ...process.env, ...env } })
  }

  it('loads nothing of OpenTelemetry where no SDK has registered', async () => {
    const { stdout, stderr } = await start({})
    expect(stdout).toBe('3\n')
    expect(stderr).not.toContain('loaded @opentelemetry')
  })

  it('loads its api alone where it is asked for', async () => {
    const { stdout, stderr } = await start({ PULSAR_TELEMETRY: 'otel' })
    expect(stdout).toBe('3\n')
    expect(stderr.match(/loaded .*/g)).toEqual(['loaded @opentelemetry/api'])
  })

  it('is an error that names what to install where the api is missing', async () => {
    const { stdout } = await start({ PULSAR_TELEMETRY: 'otel', MISSING: '1' })
    expect(stdout).toMatch(/^PQ_TELEMETRY_MISSING .*npm install @opentelemetry\/api/)
  })
})
