import { describe, expect, it } from 'vitest'
import { DeserializationError } from '../../lib/errors.js'
import type { RunReport, TaskCall, TaskRecord } from '../../lib/model/task-record.js'
import { taskHeader } from '../../lib/model/task-record.js'
import type { TaskState } from '../../lib/model/task-state.js'
import { FAILURE, QUEUED, REVOKED, STARTED, SUCCESS } from '../../lib/model/task-state.js'
import { JsonSerializer } from '../../lib/serializers/json-serializer.js'
import { MsgpackSerializer } from '../../lib/serializers/msgpack-serializer.js'
import type { Serializer } from '../../lib/serializers/serializer.js'
import {
  decodeCall,
  decodeProgress,
  decodeReport,
  encodeCall,
  encodeProgress,
  encodeReport,
  taskOfRecord,
} from '../../lib/serializers/task-codec.js'
import { toBytes } from '../../lib/model/encoded.js'

const CALL: Required<TaskCall> = {
  job: 'mail.send',
  args: { to: 'a@example.org', at: new Date(5) },
  delay: 1_000,
  timeout: 0,
  expires: 2_000,
  meta: { maxRetries: 3, tick: 7 },
  carrier: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  parent: 'i0',
  redact: ['password'],
}
const REPORT: Required<RunReport> = {
  result: new Map([[1, 2n]]),
  error: 'no luck',
  stack: 'Error: no luck\n  at here',
  details: {
    name: 'Error',
    message: 'no luck',
    code: 'E_LUCK',
    data: { port: 9 },
    cause: { name: 'string', message: 'why' },
  },
  problem: '0123456789ab',
  redact: ['password'],
  logs: [[5, 'info', 'text', '{"a":1}']],
  logStart: { run: 2, fence: 7, claimedAt: 11 },
  firstLog: 3,
  startedAt: 12,
  startedAfter: 2,
  worker: 'host:1',
  node: 'host',
  info: { revocation: 'r' },
}

const serializers: readonly Serializer[] = [new JsonSerializer(), new MsgpackSerializer()]

describe.each(serializers.map((serializer) => [serializer.name, serializer] as const))(
  'the task codec over %s',
  (_, serializer) => {
    it('reads every member of a call and of a report as it was written', () => {
      expect(decodeCall(serializer, encodeCall(serializer, CALL), CALL.job)).toEqual(CALL)
      expect(decodeReport(serializer, encodeReport(serializer, REPORT))).toEqual(REPORT)
      expect(decodeProgress(serializer, encodeProgress(serializer, { done: 3 }))).toEqual({ done: 3 })
    })

    it('leaves out absent members, so that the defaults of the job apply', () => {
      expect(decodeCall(serializer, encodeCall(serializer, { job: 'a' }), 'a')).toStrictEqual({ job: 'a' })
      expect(decodeReport(serializer, encodeReport(serializer, {}))).toStrictEqual({})
      expect(decodeReport(serializer, null)).toStrictEqual({})
      expect(decodeProgress(serializer, null)).toBeUndefined()
    })

    it('stores one letter a member', () => {
      const keysOf = (bytes: string | Uint8Array) => Object.keys(serializer.decode(toBytes(bytes)) as object)
      expect(keysOf(encodeCall(serializer, CALL))).toEqual(['a', 'd', 't', 'x', 'm', 'f', 'c', 'y'])
      expect(keysOf(encodeReport(serializer, REPORT))).toEqual([
        'r',
        'e',
        's',
        'x',
        'p',
        'l',
        'o',
        'y',
        'b',
        'a',
        'w',
        'h',
        'i',
      ])
    })

    it("reports a value that cannot be serialized under the caller's name for it", () => {
      const bad = (): void => undefined
      expect(() => encodeCall(serializer, { job: 'a', args: { a: [bad] } })).toThrow(/^a\[0\] is/)
      expect(() => encodeCall(serializer, { job: 'a', args: { 'x y': bad } })).toThrow(/^args\["x y"\] is/)
      expect(() => encodeCall(serializer, { job: 'a', meta: { own: bad } })).toThrow(/^metaParams\.own is/)
      expect(() => encodeReport(serializer, { result: bad })).toThrow(/^result is/)
      expect(() => encodeReport(serializer, { result: { r: bad } })).toThrow(/^result\.r is/)
      expect(() => encodeProgress(serializer, [bad])).toThrow(/^progress\[0\] is/)
    })

    it('refuses bytes that are not a call, and an outcome that is not an object', () => {
      expect(() => decodeCall(serializer, serializer.encode([1]), 'a')).toThrow(/to be an object/)
      expect(() => decodeCall(serializer, serializer.encode([]), 'a')).toThrow(/to be an object/)
      expect(() => decodeCall(serializer, '', 'a')).toThrow(/got no bytes/)
    })

    it('builds a task from a record', () => {
      const header = taskHeader({
        id: 'i1',
        queue: 'q',
        job: CALL.job,
        priority: 4,
        queuedAt: 10,
        status: SUCCESS,
        runs: 2,
        endedAt: 20,
      })
      const body = toBytes(encodeCall(serializer, CALL))
      const outcome = toBytes(encodeReport(serializer, REPORT))
      const progress = toBytes(encodeProgress(serializer, 0.5))
      expect(taskOfRecord(serializer, { header, body, outcome, progress })).toMatchObject({
        id: 'i1',
        name: 'mail.send',
        kwargs: CALL.args,
        result: REPORT.result,
        expiry: 10 + 1_000 + 2_000,
        progress: 0.5,
        timeStarted: 12,
        timeEnded: 20,
        retry: 2,
        fromTask: 'i0',
        worker: 'host:1',
        runInfo: REPORT.info,
      })
    })
  },
)

describe('the body of a task that another program wrote', () => {
  it.each([
    ['delay', { d: '5' }],
    ['delay', { d: -1 }],
    ['timeout', { t: 1e300 }],
    ['expires', { x: null }],
    ['args', { a: 'b=1' }],
    ['metaParams', { m: 5 }],
    ['metaParams.maxRetries', { m: { maxRetries: 'many' } }],
    ['metaParams.maxConcurrency', { m: { maxConcurrency: 1e300 } }],
    ['parent', { f: 1 }],
  ])('cannot be read where %s is none, and says so', (name, members) => {
    const serializer = new JsonSerializer()
    const body = toBytes(serializer.encode(members))
    expect(() => decodeCall(serializer, body, 'job')).toThrow(`expected ${name} of a task to be`)
  })
})

describe('a record whose parts cannot be read', () => {
  const serializer = new JsonSerializer()
  const garbage = Buffer.from('garbage')
  const record = (status: TaskState, parts: Partial<TaskRecord>): TaskRecord => ({
    header: taskHeader({ id: 'i', queue: 'q', job: 'work', status, priority: 4, queuedAt: 1 }),
    body: toBytes(encodeCall(serializer, { job: 'work' })),
    outcome: null,
    progress: null,
    ...parts,
  })

  it('of a task without a result gives the task, with its reason', () => {
    const outcome = toBytes(encodeReport(serializer, { error: 'its call cannot be read' }))
    const known = taskOfRecord(serializer, record(FAILURE, { body: garbage, outcome }))
    expect(known).toMatchObject({
      id: 'i',
      name: 'work',
      statusString: 'FAILURE',
      exception: 'its call cannot be read',
    })
    for (const parts of [{ body: garbage }, { outcome: garbage }]) {
      expect(taskOfRecord(serializer, record(FAILURE, parts)).exception).toContain('expected what a serializer wrote')
    }
    expect(taskOfRecord(serializer, record(REVOKED, { progress: garbage })).progress).toBeUndefined()
  })

  it('of another task is refused, but for progress that cannot be read', () => {
    expect(() => taskOfRecord(serializer, record(SUCCESS, { outcome: garbage }))).toThrow(DeserializationError)
    expect(() => taskOfRecord(serializer, record(QUEUED, { body: garbage }))).toThrow(DeserializationError)
    expect(taskOfRecord(serializer, record(STARTED, { progress: garbage })).progress).toBeUndefined()
  })
})
