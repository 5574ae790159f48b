import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const file = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

interface SpanLine {
  readonly name: string
  readonly kind: number
  readonly attributes: Readonly<Record<string, string | number>>
  readonly status: number
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[]
  readonly links: readonly string[]
  readonly parent: string | null
  readonly trace: string
  readonly id: string
  readonly pid: number
}

const [INTERNAL, CLIENT, PRODUCER, CONSUMER] = [0, 2, 3, 4]
const [UNSET, ERROR] = [0, 2]

describe('OpenTelemetry', () => {
  let scratch: string
  let spans: readonly SpanLine[]
  let log: string

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'pulsar-otel-'))
    const env = { ...process.env, SPANS: join(scratch, 'spans'), STORE: `embedded:${join(scratch, 'store')}` }
    const { stdout, stderr } = await run(process.execPath, ['--import', file('sdk.mjs'), file('program.mjs')], { env })
    log = stdout + stderr
    const lines = await readFile(env.SPANS, 'utf8')
    spans = lines
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as SpanLine)
  })
  afterAll(() => rm(scratch, { recursive: true, force: true }))

  const one = (isIt: (span: SpanLine) => boolean): SpanLine => {
    const [span, ...others] = spans.filter(isIt)
    if (span === undefined || others.length > 0) {
      const names = spans.map(({ name, parent, id }) => `${name} ${id} of ${String(parent)}`)
      throw new Error(`expected one span, got ${String(others.length + (span ? 1 : 0))} of\n${names.join('\n')}`)
    }
    return span
  }
  const named = (name: string): SpanLine => one((span) => span.name === name)
  const childOf = (parent: SpanLine, name?: string): SpanLine =>
    one((span) => span.parent === parent.id && (name === undefined || span.name === name))
  /** The spans of a task that one of the program's spans has queued, and of its first run. */
  const taskOf = (name: string): { readonly queued: SpanLine; readonly ran: SpanLine } => {
    const queued = childOf(named(name))
    return { queued, ran: one((span) => span.parent === queued.id) }
  }

  it('has one trace of a task: what queues it, its run, and what its job does', () => {
    const { queued, ran } = taskOf('one')
    const id = queued.attributes['messaging.message.id']
    expect(queued).toMatchObject({
      name: 'queue pulsarqueue',
      kind: PRODUCER,
      status: UNSET,
      links: [],
      attributes: {
        'messaging.system': 'pulsar_queue',
        'messaging.operation.name': 'queue',
        'messaging.operation.type': 'send',
        'messaging.destination.name': 'pulsarqueue',
        'messaging.client.id': expect.any(String) as string,
        'pulsar_queue.job': 'plain',
        'pulsar_queue.priority': 7,
      },
    })
    expect(ran).toMatchObject({
      name: 'process pulsarqueue',
      kind: CONSUMER,
      status: UNSET,
      trace: queued.trace,
      links: [queued.id],
      attributes: {
        'messaging.system': 'pulsar_queue',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': 'pulsarqueue',
        'messaging.message.id': id,
        'pulsar_queue.job': 'plain',
        'pulsar_queue.run': 1,
        'pulsar_queue.outcome': 'succeeded',
        'pulsar_queue.wait_ms': expect.any(Number) as number,
      },
    })
    expect(childOf(ran)).toMatchObject({ name: 'inner plain', kind: INTERNAL, trace: queued.trace })
  })

  it('joins a delayed task, and one that a job has queued', () => {
    const { queued, ran } = taskOf('delayed')
    expect(ran).toMatchObject({ trace: queued.trace, links: [queued.id] })
    const chain = taskOf('chain')
    const second = childOf(chain.ran)
    expect(second).toMatchObject({ name: 'queue other', kind: PRODUCER, trace: chain.queued.trace })
    expect(childOf(second)).toMatchObject({ name: 'process other', trace: chain.queued.trace })
  })

  it('sends many with a client span that is linked to a span for each', () => {
    const batch = named('batch')
    const many = one((span) => span.parent === batch.id && span.kind === CLIENT)
    expect(many).toMatchObject({ name: 'queue pulsarqueue', attributes: { 'messaging.batch.message_count': 2 } })
    const created = spans.filter((span) => span.parent === batch.id && span.name === 'create pulsarqueue')
    expect(created).toHaveLength(2)
    expect([...many.links].sort()).toEqual(created.map(({ id }) => id).sort())
    for (const each of created) {
      expect(each).toMatchObject({ kind: PRODUCER, attributes: { 'messaging.operation.type': 'create' } })
      expect(childOf(each)).toMatchObject({ name: 'process pulsarqueue', links: [each.id], trace: batch.trace })
    }
  })

  it('gives a retry a trace of its own, linked to what has queued the task', () => {
    const { queued, ran } = taskOf('retry')
    expect(ran).toMatchObject({ status: UNSET, trace: queued.trace, attributes: { 'pulsar_queue.outcome': 'retried' } })
    expect(ran.events).toMatchObject([
      {
        name: 'retry',
        attributes: { 'error.type': 'TypeError', 'exception.message': expect.stringContaining('not yet') as string },
      },
    ])
    const again = one((span) => span.links.includes(queued.id) && span.attributes['pulsar_queue.run'] === 2)
    expect(again).toMatchObject({ parent: null, status: UNSET, attributes: { 'pulsar_queue.outcome': 'succeeded' } })
    expect(again.trace).not.toBe(queued.trace)
  })

  it('marks the run of a task that fails', () => {
    const { ran } = taskOf('failure')
    expect(ran).toMatchObject({
      status: ERROR,
      attributes: { 'error.type': 'RangeError', 'pulsar_queue.outcome': 'failed' },
    })
  })

  it('gives a tick of a schedule a trace of its own, linked to what has queued it', () => {
    const [ran] = spans.filter((span) => span.kind === CONSUMER && span.attributes['pulsar_queue.job'] === 'ticking')
    expect(ran).toMatchObject({ parent: null, name: 'process pulsarqueue' })
    const queued = one((span) => span.id === ran?.links[0])
    expect(queued).toMatchObject({ kind: PRODUCER, name: 'queue pulsarqueue', parent: null })
    expect(queued.trace).not.toBe(ran?.trace)
  })

  it.each(['thread', 'process'])('reaches the code of a job in a %s', (mode) => {
    const { queued, ran } = taskOf(mode)
    const inner = childOf(ran)
    expect(inner).toMatchObject({ name: `inner ${mode}`, trace: queued.trace })
    expect(inner.pid === ran.pid).toBe(mode === 'thread')
  })

  it('has one name for the queues of all nodes', () => {
    const { queued, ran } = taskOf('node')
    expect(queued).toMatchObject({ name: 'queue node', attributes: { 'messaging.destination.template': 'node' } })
    expect(ran.name).toBe('process node')
  })

  it('gives the log lines of a run the ids of its trace', () => {
    const { ran } = taskOf('one')
    expect(log).toContain(ran.trace)
    expect(log).toContain(ran.id)
  })
})
