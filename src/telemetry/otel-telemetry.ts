import type * as Otel from '@opentelemetry/api'
import type {
  Attributes,
  BatchObservableCallback,
  Context,
  Counter,
  Histogram,
  Link,
  Span,
  Tracer,
} from '@opentelemetry/api'
import { packageVersion } from '../util/package-version.js'
import { errorMessage, member } from '../util/thrown.js'
import { performance } from '../util/timers.js'
import { CONVENTIONS as NAMES, DURATION_BOUNDS, METRICS, SIZES, SYSTEM } from './conventions.js'
import type {
  Carrier,
  QueuedFacts,
  QueueFigures,
  RunFacts,
  RunOutcome,
  RunSpan,
  SendManySpan,
  SendSpan,
  SettleFacts,
  TelemetrySource,
} from './telemetry.js'
import { Telemetry } from './telemetry.js'

/** The package `@opentelemetry/api`. */
export type OtelApi = typeof Otel

/** Options of {@link OtelTelemetry}. */
export interface OtelOptions {
  /** Whether each task of `queueMany` gets a span `create`. Default true. */
  readonly createSpans?: boolean | undefined
  /**
   * What the span of a run is to the span that queued its task: a `child` of it, which is linked to it as well, or only linked (`link`), with
   * a trace of its own. A retry, a run that begins over an hour after its task was queued, and a tick of a schedule always have a trace of
   * their own. Default `child`.
   */
  readonly parent?: 'child' | 'link' | undefined
  /** Whether each call that records the ends of runs has a span `settle`, linked to these runs. Default false. */
  readonly settleSpans?: boolean | undefined
  /**
   * Whether this process tells the sizes of all queues of the store as metrics. One process of a store should: what each of many tells is
   * added up. Default false.
   */
  readonly sizes?: boolean | undefined
}

/** Of a queue that is gone. */
const NO_FIGURES = { ready: 0, delayed: 0, held: 0, oldestReady: null, workers: 0 } as const

/** A trace that goes on longer than this becomes too large to be read, ms. */
const LONGEST_TRACE = 3_600_000

/** Traces and metrics by OpenTelemetry, as docs/telemetry.md lists them. */
export class OtelTelemetry extends Telemetry {
  readonly #tracer: Tracer
  readonly #sent: Counter
  readonly #consumed: Counter
  readonly #operation: Histogram
  readonly #process: Histogram
  #nodeName = ''
  #common: Attributes = { [NAMES.system]: SYSTEM }

  constructor(
    private readonly api: OtelApi,
    private readonly options: OtelOptions = {},
  ) {
    super()
    this.#tracer = api.trace.getTracer('pulsar-queue', packageVersion())
    const meter = api.metrics.getMeter('pulsar-queue', packageVersion())
    const messages = { unit: '{message}' }
    this.#sent = meter.createCounter(METRICS.sent, messages)
    this.#consumed = meter.createCounter(METRICS.consumed, messages)
    const seconds = { unit: 's', advice: { explicitBucketBoundaries: [...DURATION_BOUNDS] } }
    this.#operation = meter.createHistogram(METRICS.operationDuration, seconds)
    this.#process = meter.createHistogram(METRICS.processDuration, seconds)
  }

  open({ address, nodeName }: TelemetrySource): void {
    this.#nodeName = nodeName
    this.#common = { [NAMES.system]: SYSTEM, ...serverOf(address) }
  }

  send(facts: QueuedFacts): SendSpan {
    const { PRODUCER } = this.api.SpanKind
    const attributes = { ...this.#operationOf('queue', 'send', facts.queue), ...this.#factsOf(facts) }
    const span = this.#tracer.startSpan(`queue ${this.#nameOf(facts.queue)}`, { kind: PRODUCER, attributes })
    return { carrier: this.#carrierOf(span), end: this.#timed(span, facts.queue, () => 1) }
  }

  sendMany(count: number): SendManySpan {
    let left = count
    let sent = 0
    let many: Span | null = null
    let end: (error?: unknown) => void = () => undefined
    let failure: unknown
    const answered = (error?: unknown): void => {
      failure ??= error
      left -= 1
      if (left === 0) end(failure)
    }
    return {
      send: (facts) => {
        if (many === null) {
          many = this.#startMany(facts.queue, count)
          end = this.#timed(many, facts.queue, () => sent)
        }
        sent += 1
        return {
          carrier: this.#carrierOf(this.options.createSpans === false ? many : this.#create(facts, many)),
          end: answered,
        }
      },
      skip: () => {
        answered()
      },
    }
  }

  run(facts: RunFacts): RunSpan {
    const { api } = this
    const { queue, run, dueAt, claimedAt, worker, carrier } = facts
    const active = api.context.active()
    const sender =
      carrier === undefined ? undefined : api.trace.getSpanContext(api.propagation.extract(api.ROOT_CONTEXT, carrier))
    const parent = sender !== undefined && this.#isChild(facts) ? api.trace.setSpanContext(active, sender) : active
    const links: Link[] = sender === undefined ? [] : [{ context: sender }]
    const attributes = {
      ...this.#operationOf('process', 'process', queue),
      ...this.#factsOf(facts),
      [NAMES.clientId]: worker,
      [NAMES.run]: run,
      [NAMES.waitMs]: Math.max(0, Math.round(claimedAt - dueAt)),
    }
    const isRoot = parent === active
    const options = { kind: api.SpanKind.CONSUMER, attributes, links, root: isRoot }
    const span = this.#tracer.startSpan(`process ${this.#nameOf(queue)}`, options, parent)
    const context = this.#contextOf(carrier, active, span)
    const began = performance.now()
    const { traceId, spanId } = span.spanContext()
    return {
      ids: api.isSpanContextValid(span.spanContext()) ? { trace_id: traceId, span_id: spanId } : null,
      within: (act) => api.context.with(context, act),
      end: (outcome) => {
        this.#endRun(span, queue, outcome, performance.now() - began)
      },
    }
  }

  override settle({ queue, count, runs }: SettleFacts): ((error?: unknown) => void) | null {
    if (this.options.settleSpans !== true) return null
    const { CLIENT } = this.api.SpanKind
    const operation = this.#operationOf('settle', 'settle', queue)
    const attributes = { ...operation, [NAMES.batchCount]: count, [NAMES.clientId]: this.#nodeName }
    const links = runs.map(({ trace_id: traceId, span_id: spanId }): Link => {
      return { context: { traceId, spanId, traceFlags: this.api.TraceFlags.SAMPLED } }
    })
    const span = this.#tracer.startSpan(`settle ${this.#nameOf(queue)}`, {
      kind: CLIENT,
      attributes,
      links,
      root: true,
    })
    const began = performance.now()
    return (error) => {
      const failed = error === undefined ? {} : errorOf(error)
      this.#operation.record((performance.now() - began) / 1_000, { ...operation, ...failed })
      if (error !== undefined) this.#fail(span, typeOf(error), errorMessage(error))
      span.end()
    }
  }

  override watch(look: () => Promise<readonly QueueFigures[]>): () => void {
    if (this.options.sizes !== true) return () => undefined
    const meter = this.api.metrics.getMeter('pulsar-queue', packageVersion())
    const tasks = meter.createObservableGauge(SIZES.tasks, { unit: '{message}' })
    const oldest = meter.createObservableGauge(SIZES.oldestReady, { unit: 's' })
    const workers = meter.createObservableGauge(SIZES.workers, { unit: '{worker}' })
    // An SDK goes on telling the last value of what is not observed any more.
    const known = new Set<string>()
    const observe: BatchObservableCallback = async (result) => {
      const figures = await look()
      const names = new Set(figures.map(({ queue }) => queue))
      const gone = [...known].filter((queue) => !names.has(queue)).map((queue) => ({ ...NO_FIGURES, queue }))
      for (const { queue, oldestReady, workers: count, ready, delayed, held } of [...figures, ...gone]) {
        known.add(queue)
        const attributes = { ...this.#common, [NAMES.destination]: queue }
        for (const [state, size] of Object.entries({ ready, delayed, held }))
          result.observe(tasks, size, { ...attributes, [NAMES.state]: state })
        result.observe(oldest, (oldestReady ?? 0) / 1_000, attributes)
        result.observe(workers, count, attributes)
      }
    }
    const all = [tasks, oldest, workers]
    meter.addBatchObservableCallback(observe, all)
    return () => {
      meter.removeBatchObservableCallback(observe, all)
    }
  }

  carrier(): Carrier | undefined {
    return this.#inject(this.api.context.active())
  }

  within<T>(carrier: Carrier | undefined, act: () => T): T {
    const { context, propagation } = this.api
    return carrier === undefined ? act() : context.with(propagation.extract(context.active(), carrier), act)
  }

  #isChild({ run, queuedAt, claimedAt, isTick }: RunFacts): boolean {
    return this.options.parent !== 'link' && run === 1 && !isTick && claimedAt - queuedAt <= LONGEST_TRACE
  }

  #startMany(queue: string, count: number): Span {
    const attributes = { ...this.#operationOf('queue', 'send', queue), [NAMES.batchCount]: count }
    return this.#tracer.startSpan(`queue ${this.#nameOf(queue)}`, { kind: this.api.SpanKind.CLIENT, attributes })
  }

  #create(facts: QueuedFacts, many: Span): Span {
    const attributes = { ...this.#operationOf('create', 'create', facts.queue), ...this.#factsOf(facts) }
    const kind = this.api.SpanKind.PRODUCER
    const created = this.#tracer.startSpan(`create ${this.#nameOf(facts.queue)}`, { kind, attributes })
    many.addLink({ context: created.spanContext() })
    created.end()
    return created
  }

  /** Ends a span that sends, and counts. @param messages - that are sent */
  #timed(span: Span, queue: string, messages: () => number): (error?: unknown) => void {
    const began = performance.now()
    return (error) => {
      const attributes = { ...this.#operationOf('queue', 'send', queue), ...(error !== undefined && errorOf(error)) }
      this.#sent.add(messages(), attributes)
      this.#operation.record((performance.now() - began) / 1_000, attributes)
      if (error !== undefined) this.#fail(span, typeOf(error), errorMessage(error))
      span.end()
    }
  }

  #endRun(span: Span, queue: string, { state, errorType, message, retryIn }: RunOutcome, took: number): void {
    const failed = state === 'failed' ? { [NAMES.errorType]: errorType ?? '_OTHER' } : {}
    const attributes = { ...this.#operationOf('process', 'process', queue), ...failed }
    this.#consumed.add(1, attributes)
    this.#process.record(took / 1_000, attributes)
    span.setAttribute(NAMES.outcome, state)
    if (state === 'failed') this.#fail(span, errorType ?? '_OTHER', message ?? '')
    else if (state === 'retried') {
      span.addEvent('retry', {
        [NAMES.errorType]: errorType ?? '_OTHER',
        'exception.message': message ?? '',
        'pulsar_queue.retry_in_ms': retryIn ?? 0,
      })
    }
    span.end()
  }

  #fail(span: Span, errorType: string, message: string): void {
    span.setAttribute(NAMES.errorType, errorType)
    span.setStatus({ code: this.api.SpanStatusCode.ERROR, message })
  }

  #operationOf(name: string, type: string, queue: string): Attributes {
    const isNode = queue === this.#nodeName
    return {
      ...this.#common,
      [NAMES.operation]: name,
      [NAMES.operationType]: type,
      [NAMES.destination]: queue,
      ...(isNode && { [NAMES.destinationTemplate]: 'node' }),
    }
  }

  #factsOf({ id, job, priority }: QueuedFacts): Attributes {
    return {
      [NAMES.messageId]: id,
      [NAMES.clientId]: this.#nodeName,
      [NAMES.job]: job,
      [NAMES.priority]: priority,
    }
  }

  /** Names of nodes would make a name of a span for each node. */
  #nameOf(queue: string): string {
    return queue === this.#nodeName ? 'node' : queue
  }

  #carrierOf(span: Span): Carrier | undefined {
    const { context, trace } = this.api
    return this.#inject(trace.setSpan(context.active(), span))
  }

  #inject(context: Context): Carrier | undefined {
    const carrier: Record<string, string> = {}
    this.api.propagation.inject(context, carrier)
    return Object.keys(carrier).length > 0 ? carrier : undefined
  }

  /** The context of the job's code: the span of the run, and the baggage that came with the task. */
  #contextOf(carrier: Carrier | undefined, active: Context, span: Span): Context {
    const { propagation, trace } = this.api
    return trace.setSpan(carrier === undefined ? active : propagation.extract(active, carrier), span)
  }
}

function errorOf(error: unknown): Attributes {
  return { [NAMES.errorType]: typeOf(error) }
}

/** The stable code of our own errors, else the class. */
function typeOf(error: unknown): string {
  const named = member(error, 'code') ?? member(error, 'name')
  return typeof named === 'string' ? named : '_OTHER'
}

function serverOf(address: string): Attributes {
  const [, host, port] = /^[a-z+]+:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/,?]+)(?::(\d+))?/.exec(address) ?? []
  if (host === undefined) return {}
  return { [NAMES.serverAddress]: host, ...(port !== undefined && { [NAMES.serverPort]: Number(port) }) }
}
