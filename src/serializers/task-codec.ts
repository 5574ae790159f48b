import { DeserializationError, SerializationError } from '../errors.js'
import type { Attempt, RunReport, TaskCall, TaskHeader, TaskRecord } from '../model/task-record.js'
import type { TaskFields } from '../model/task.js'
import { Task } from '../model/task.js'
import { COUNT_RULE, isCount } from '../model/count.js'
import { EXCEPTION_STATES, SUCCESS } from '../model/task-state.js'
import type { Encoded } from '../model/encoded.js'
import { toBytes } from '../model/encoded.js'
import { nodeOfId, workerOfId } from '../model/worker-id.js'
import { LONGEST_DURATION } from '../model/duration.js'
import { errorMessage, member } from '../util/thrown.js'
import { isJsonSerializer } from './json-serializer.js'
import { smallMember } from './plain-json.js'
import type { Serializer } from './serializer.js'

/** A {@link TaskCall} on the wire, but for its job, which is in the header. Its keys are short because they are stored with every task. */
interface WireCall {
  readonly a?: TaskCall['args']
  readonly d?: number
  readonly t?: number
  readonly x?: number
  readonly m?: TaskCall['meta']
  readonly f?: string
  readonly c?: TaskCall['carrier']
  readonly y?: readonly string[]
}

/** A {@link RunReport} on the wire. */
interface WireReport {
  readonly r?: unknown
  readonly e?: string
  readonly s?: string
  readonly x?: RunReport['details']
  readonly b?: number
  readonly a?: number
  readonly w?: string
  readonly h?: string
  readonly i?: RunReport['info']
  readonly p?: string
  readonly l?: RunReport['logs']
  /** Run, fence and time of the claim that has logged them, and the number of the first one. */
  readonly o?: readonly [run: number, fence: number, claimedAt: number, first: number]
  readonly y?: readonly string[]
}

/** An object that is being put together. Members are assigned one by one: each spread would make one more object a task. */
type Written<T> = { -readonly [K in keyof T]: T[K] }

/** The keys of the wire, as an error's path may start with them, and the names by which a caller knows them. */
const CALL_PATHS = [
  [/^a\./, ''],
  [/^a(?=\[)/, 'args'],
  [/^m(?=[.[])/, 'metaParams'],
] as const
const REPORT_PATHS = [[/^r(?=$|[.[<])/, 'result']] as const
const PROGRESS_PATHS = [[/^p(?=$|[.[<])/, 'progress']] as const

/** Writes the call of a task. @throws {@link SerializationError} with the path in the caller's names */
export function encodeCall(serializer: Serializer, call: TaskCall): Encoded {
  const { args, delay, timeout, expires, meta, parent, carrier, redact } = call
  const wire: Written<WireCall> = {}
  if (args !== undefined) wire.a = args
  if (delay !== undefined) wire.d = delay
  if (timeout !== undefined) wire.t = timeout
  if (expires !== undefined) wire.x = expires
  if (meta !== undefined) wire.m = meta
  if (parent !== undefined) wire.f = parent
  if (carrier !== undefined) wire.c = carrier
  if (redact !== undefined) wire.y = redact
  return encode(serializer, wire, CALL_PATHS)
}

/**
 * The same for a call with arguments that a job has checked, or with none: an object of ours, without members named by symbols. Most
 * have nothing else, and are small.
 */
export function encodeChecked(serializer: Serializer, call: TaskCall): Encoded {
  const { args, delay, timeout, expires, meta, parent, carrier, redact } = call
  const hasMore = delay ?? timeout ?? expires ?? meta ?? parent ?? carrier ?? redact
  if (args === undefined || hasMore !== undefined || !isJsonSerializer(serializer)) return encodeCall(serializer, call)
  return smallMember('a', args) ?? encodeCall(serializer, call)
}

/** Reads the call of a task. @param job - its name, of the header @throws {@link DeserializationError} for bytes that are not a call */
export function decodeCall(serializer: Serializer, bytes: Encoded, job: string): TaskCall {
  const wire = decode(serializer, bytes)
  if (!isCall(wire)) throw new DeserializationError('expected the body of a task to be an object, got something else')
  checkCall(wire)
  const { a, d, t, x, m, f, c, y } = wire
  const call: Written<TaskCall> = { job }
  if (a !== undefined) call.args = a
  if (d !== undefined) call.delay = d
  if (t !== undefined) call.timeout = t
  if (x !== undefined) call.expires = x
  if (m !== undefined) call.meta = m
  if (f !== undefined) call.parent = f
  // A trace that cannot be read harms no task.
  if (c !== undefined && isCarrier(c)) call.carrier = c
  if (isTexts(y)) call.redact = y
  return call
}

function isCarrier(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((header) => typeof header === 'string')
}

function isCall(wire: unknown): wire is WireCall {
  return typeof wire === 'object' && wire !== null && !Array.isArray(wire)
}

/** Other programs may have written it: what cannot be used is said here, once, and not by whatever meets it later. */
function checkCall({ a, d, t, x, m, f }: Partial<Record<keyof WireCall, unknown>>): void {
  checkDuration('delay', d)
  checkDuration('timeout', t)
  checkDuration('expires', x)
  if (a !== undefined && !isObject(a)) refuse('args', 'an object')
  if (f !== undefined && typeof f !== 'string') refuse('parent', 'a string')
  if (m === undefined) return
  if (!isObject(m)) refuse('metaParams', 'an object')
  for (const name of ['maxRetries', 'maxConcurrency']) {
    if (m[name] !== undefined && !isCount(m[name])) refuse(`metaParams.${name}`, COUNT_RULE)
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function refuse(name: string, expected: string): never {
  throw new DeserializationError(`expected ${name} of a task to be ${expected}, got something else`)
}

function checkDuration(name: string, value: unknown): void {
  if (value === undefined) return
  const isDuration = typeof value === 'number' && value >= 0 && value <= LONGEST_DURATION
  if (!isDuration) refuse(name, 'a number of ms, at most 100 years')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** Writes the report of a run. @throws {@link SerializationError} for a result that cannot be carried */
export function encodeReport(serializer: Serializer, report: RunReport): Encoded {
  const { result, error, stack, details, problem, logs, redact, startedAt, startedAfter, worker, node, info } = report
  const { logStart, firstLog = 0 } = report
  const wire: Written<WireReport> = {}
  if (result !== undefined) wire.r = result
  if (error !== undefined) wire.e = error
  if (stack !== undefined) wire.s = stack
  if (details !== undefined) wire.x = details
  if (problem !== undefined) wire.p = problem
  if (logs !== undefined) wire.l = logs
  if (logStart !== undefined) wire.o = [logStart.run, logStart.fence, logStart.claimedAt, firstLog]
  if (redact !== undefined) wire.y = redact
  if (startedAt !== undefined) wire.b = startedAt
  if (startedAfter !== undefined) wire.a = startedAfter
  if (worker !== undefined) wire.w = worker
  if (node !== undefined) wire.h = node
  if (info !== undefined) wire.i = info
  return encode(serializer, wire, REPORT_PATHS)
}

/** Reads the report of a run; null gives an empty one. @throws {@link DeserializationError} */
export function decodeReport(serializer: Serializer, bytes: Encoded | null): RunReport {
  if (bytes === null) return {}
  const wire = decode(serializer, bytes)
  if (typeof wire !== 'object' || wire === null) {
    throw new DeserializationError('expected the outcome of a task to be an object, got something else')
  }
  const { r, e, s, x, b, a, w, h, i, p, l, o, y }: WireReport = wire
  const report: Written<RunReport> = {}
  if (r !== undefined) report.result = r
  if (e !== undefined) report.error = e
  if (s !== undefined) report.stack = s
  if (x !== undefined) report.details = x
  if (p !== undefined) report.problem = p
  if (l !== undefined) report.logs = l
  if (Array.isArray(o)) {
    const [run, fence, claimedAt, first] = o as NonNullable<WireReport['o']>
    report.logStart = { run, fence, claimedAt }
    report.firstLog = first
  }
  if (isTexts(y)) report.redact = y
  if (b !== undefined) report.startedAt = b
  if (a !== undefined) report.startedAfter = a
  if (w !== undefined) report.worker = w
  if (h !== undefined) report.node = h
  if (i !== undefined) report.info = i
  return report
}

/** Writes the progress of a run. @throws {@link SerializationError} */
export function encodeProgress(serializer: Serializer, value: unknown): Encoded {
  return encode(serializer, { p: value }, PROGRESS_PATHS)
}

/** Reads the progress of a run; null gives undefined. @throws {@link DeserializationError} */
export function decodeProgress(serializer: Serializer, bytes: Encoded | null): unknown {
  return bytes === null ? undefined : (decode(serializer, bytes) as { readonly p?: unknown }).p
}

/** Writes a whole task, for an event. */
export function encodeTask(serializer: Serializer, task: Task): Encoded {
  // eslint-disable-next-line @typescript-eslint/no-misused-spread -- its data alone goes on the wire
  return serializer.encode({ ...task })
}

/** Reads the task of an event. @throws {@link DeserializationError} */
export function decodeTask(serializer: Serializer, bytes: Encoded): Task {
  return new Task(decode(serializer, bytes) as TaskFields)
}

/**
 * Reads a task from a store's record. A task that has ended without a result is given even where parts of it cannot be read:
 * that may be why it failed.
 *
 * @throws {@link DeserializationError} for another task whose call or result cannot be read
 */
export function taskOfRecord<T>(serializer: Serializer, record: TaskRecord): Task<T> {
  const { header, body, outcome } = record
  if (EXCEPTION_STATES.has(header.status)) return readableTask<T>(serializer, record).task
  const call = decodeCall(serializer, body, header.job)
  const report = decodeReport(serializer, outcome)
  return new Task<T>(taskFields<T>(header, call, report, readProgress(serializer, record), record.attempts))
}

/** A task that is read from a store's record, as far as its parts can be read. */
export interface ReadableTask<T = unknown> {
  readonly task: Task<T>
  /** Why a part cannot be read; null: all can. */
  readonly trouble: string | null
}

/** Reads a task from a store's record for whoever looks at it: what cannot be read is missing. Of one that has failed, the reason is its error. */
export function readableTask<T = unknown>(serializer: Serializer, record: TaskRecord): ReadableTask<T> {
  const { header, attempts } = record
  const { call, report, trouble } = readParts(serializer, record)
  const isUnexplained = EXCEPTION_STATES.has(header.status) && report.error === undefined && trouble !== null
  const told = isUnexplained ? { ...report, error: trouble } : report
  return { task: new Task<T>(taskFields<T>(header, call, told, readProgress(serializer, record), attempts)), trouble }
}

/**
 * When a run has begun. Its app tells that by its own clock, which may be wrong: it is not before the claim, nor after the end,
 * which the store's clock tells.
 */
function startOf({ startedAt: claimedAt, endedAt }: TaskHeader, { startedAt, startedAfter: after }: RunReport): number {
  if (startedAt === undefined && after === undefined) return claimedAt
  const told = startedAt ?? Math.floor(claimedAt) + (after ?? 0)
  return Math.max(claimedAt, endedAt > 0 ? Math.min(told, endedAt) : told)
}

/** The time from the claim of a task to the begin of its run, which takes fewer bytes than the begin. @param startedAt - ms since the epoch */
export function startedAfter(claimedAt: number, startedAt: number): number {
  return startedAt - Math.floor(claimedAt)
}

function readParts(
  serializer: Serializer,
  { header, body, outcome }: TaskRecord,
): { call: TaskCall; report: RunReport; trouble: string | null } {
  let trouble: string | null = null
  const read = <V>(decode: () => V, otherwise: V): V => {
    try {
      return decode()
    } catch (error) {
      trouble ??= troubleOf(error)
      return otherwise
    }
  }
  const call = read<TaskCall>(() => decodeCall(serializer, body, header.job), { job: header.job })
  const report = read<RunReport>(() => decodeReport(serializer, outcome), {})
  return { call, report, trouble }
}

/** What a parser says may repeat a part of the value, of which nobody knows whether it is to be hidden. */
function troubleOf(error: unknown): string {
  const cause = member(error, 'cause')
  return cause === undefined ? errorMessage(error) : errorMessage(error).replace(`: ${errorMessage(cause)}`, '')
}

/** Progress is only for watching: where it cannot be read, the task has none. */
function readProgress(serializer: Serializer, { progress }: TaskRecord): unknown {
  try {
    return decodeProgress(serializer, progress)
  } catch {
    return undefined
  }
}

/** Puts the members of a task together from header, call and report. */
export function taskFields<T>(
  header: TaskHeader,
  call: TaskCall,
  report: RunReport,
  progress?: unknown,
  attempts: readonly Attempt[] = [],
): TaskFields<T> {
  const { delay = 0, timeout = 0, expires = 0 } = call
  return {
    id: header.id,
    name: call.job,
    queue: header.queue,
    status: header.status,
    kwargs: call.args ?? {},
    result: header.status === SUCCESS ? (report.result as T) : undefined,
    exception: report.error ?? null,
    stacktrace: report.stack ?? null,
    error: report.details ?? null,
    retry: header.runs,
    delay,
    timeout,
    expires,
    expiry: expires > 0 ? header.queuedAt + delay + expires : null,
    priority: header.priority,
    progress,
    timeQueued: header.queuedAt,
    timeStarted: startOf(header, report),
    timeEnded: header.endedAt,
    worker: report.worker ?? (header.worker === null ? null : workerOfId(header.worker)),
    node: report.node ?? (header.worker === null ? null : nodeOfId(header.worker)),
    fromTask: call.parent ?? null,
    meta: call.meta ?? {},
    runInfo: report.info ?? {},
    attempts,
  }
}

function encode(serializer: Serializer, wire: object, paths: readonly (readonly [RegExp, string])[]): Encoded {
  try {
    return serializer.encode(wire)
  } catch (error) {
    if (!(error instanceof SerializationError)) throw error
    const [key, name] = paths.find(([pattern]) => pattern.test(error.path)) ?? ['', '']
    throw new SerializationError(error.path.replace(key, name), error.received, error.reason, { cause: error.cause })
  }
}

/** Only our own serializer is known to read a text that a store has kept as such. */
function decode(serializer: Serializer, encoded: Encoded): unknown {
  if (isJsonSerializer(serializer)) return serializer.decode(encoded)
  return serializer.decode(toBytes(encoded))
}
