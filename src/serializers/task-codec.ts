import { DeserializationError } from '../errors.js'
import type { TaskBody, TaskHeader, TaskOutcome, TaskRecord } from '../model/task-record.js'
import type { TaskFields } from '../model/task.js'
import { Task } from '../model/task.js'
import { SUCCESS } from '../model/task-state.js'
import type { Serializer } from './serializer.js'

/** Reads what a producer wrote of a task. @throws {@link DeserializationError} when it is no task body */
export function decodeBody(serializer: Serializer, bytes: Uint8Array): TaskBody {
  const body = serializer.decode(bytes)
  if (typeof body !== 'object' || body === null || !('n' in body) || typeof body.n !== 'string') {
    throw new DeserializationError('expected the body of a task to be an object with a job name, got something else')
  }
  return body as TaskBody
}

/** Reads what a worker wrote of a run. @throws {@link DeserializationError} */
export function decodeOutcome(serializer: Serializer, bytes: Uint8Array | null): TaskOutcome {
  if (bytes === null) return {}
  const outcome = serializer.decode(bytes)
  if (typeof outcome !== 'object' || outcome === null) {
    throw new DeserializationError('expected the outcome of a task to be an object, got something else')
  }
  return outcome
}

/** A whole task from a store's record. @throws {@link DeserializationError} */
export function taskOfRecord<T>(serializer: Serializer, record: TaskRecord): Task<T> {
  const body = decodeBody(serializer, record.body)
  const outcome = decodeOutcome(serializer, record.outcome)
  const progress = record.progress === null ? undefined : (serializer.decode(record.progress) as { p?: unknown }).p
  return new Task<T>(taskFields<T>(record.header, body, outcome, progress))
}

/** The members of a task from its parts. */
export function taskFields<T>(
  header: TaskHeader,
  body: TaskBody,
  outcome: TaskOutcome,
  progress?: unknown,
): TaskFields<T> {
  const expires = body.x ?? 0
  return {
    id: header.id,
    name: body.n,
    queue: header.queue,
    status: header.status,
    kwargs: body.a ?? {},
    result: header.status === SUCCESS ? (outcome.r as T) : undefined,
    exception: outcome.e ?? null,
    stacktrace: outcome.s ?? null,
    retry: header.runs,
    delay: body.d ?? 0,
    timeout: body.t ?? 0,
    expires,
    expiry: expires > 0 ? header.queuedAt + (body.d ?? 0) + expires : null,
    priority: header.priority,
    progress,
    timeQueued: header.queuedAt,
    timeStarted: outcome.b ?? header.startedAt,
    timeEnded: header.endedAt,
    worker: outcome.w ?? header.worker,
    node: outcome.h ?? null,
    fromTask: body.f ?? null,
    meta: body.m ?? {},
    runInfo: outcome.i ?? {},
  }
}
