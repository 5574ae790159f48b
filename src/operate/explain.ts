import { isPulsarError } from '../errors.js'
import { UNKNOWN_JOB_GRACE } from '../model/defaults.js'
import type { TaskCall, TaskHeader, TaskRecord } from '../model/task-record.js'
import { statusString, SUCCESS } from '../model/task-state.js'
import { workerOfId } from '../model/worker-id.js'
import type { WorkerDescription } from '../model/worker-order.js'
import { countOf } from '../util/count-of.js'
import { shellWord } from '../util/shell-word.js'
import { decodeCall } from '../serializers/task-codec.js'
import type { LeasedWorker, QueueInspection } from '../stores/operations-store.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import type { DescribedWorker } from './describe-workers.js'
import { describeWorkers } from './describe-workers.js'
import { exactTerm } from './filter/quote-value.js'
import { findElsewhere } from './elsewhere.js'
import { explainLayout } from './explain-layout.js'
import type { Moved } from './explain-moved.js'
import { explainMoved, findMoved } from './explain-moved.js'
import { findRecord, retriesOf } from './find-record.js'
import type { ExplainCode, ExplainReason, Explanation, PausedBy, TaskPlace } from './looks.js'
import { allInUse, busyElsewhere } from './busy-elsewhere.js'
import { consumeFix } from './consume-fix.js'
import { inWords } from './in-words.js'
import { isPutOff } from './is-put-off.js'
import { movedTo } from './moved-to.js'
import { pausedByInWords, readPausedBy } from './paused-by.js'
import { SeenTask } from './seen-task.js'
import { placeOf, summaryOf } from './task-summary.js'

/** A task, and the queue that it is in. */
interface Situation {
  readonly record: TaskRecord
  readonly call: TaskCall
  readonly queue: QueueInspection
  readonly place: TaskPlace
  readonly retries: readonly string[]
  /** What the workers of the queue say, where that tells why the task waits. */
  readonly said: readonly WorkerDescription[]
  /** The workers that were asked: those of the queue, or the one that holds the task. */
  readonly asked: readonly DescribedWorker[]
  /** Other queues whose tasks use all slots of its workers; of a ready task. */
  readonly others: readonly string[]
  /** Who has paused its queue; null: it is not paused, or the audit log does not say. */
  readonly pausedBy: PausedBy | null
  /** Where it goes on, if it was moved. */
  readonly moved: Moved | null
}

/** Why a task is where it is. */
export async function explain(parts: ControlParts, id: string): Promise<Explanation> {
  const operations = operationsOf(parts, 'what explains a task')
  let record: TaskRecord | null
  try {
    record = await findRecord(parts.broker, id)
  } catch (error) {
    if (!isPulsarError(error, 'PQ_LAYOUT_VERSION')) throw error
    return explainLayout(id, error)
  }
  if (record === null) return await explainGone(parts, id)
  const { header } = record
  const queue = await operations.inspect(header.queue)
  const place = placeOf(header, queue.now)
  const retries = place === 'failed' ? await retriesOf(parts.broker, header.queue, id) : []
  const seen = new SeenTask(parts, record)
  const moved = await findMoved(parts.broker, movedTo(header, seen.report))
  const call = callOf(parts, record)
  const asked = await describeWorkers(parts, header.queue, askedOf(record, call, queue, place), header.job)
  const said = asked.flatMap(({ description }) => description ?? [])
  const others = place === 'ready' ? await busyElsewhere(parts, header.queue, queue) : []
  const pausedBy = queue.paused ? await readPausedBy(operations, header.queue) : null
  const situation: Situation = { record, call, queue, place, retries, said, asked, others, pausedBy, moved }
  return {
    id,
    state: place,
    says: `${id} ${header.job} in queue ${header.queue} ${sinceWhen(situation)}`,
    reasons: reasonsOf(situation),
    task: summaryOf(seen, queue.now),
  }
}

/** The workers whose word tells why the task is where it is. */
function askedOf(
  { header }: TaskRecord,
  call: TaskCall,
  { workers }: QueueInspection,
  place: TaskPlace,
): readonly LeasedWorker[] {
  if (place === 'held') return workers.filter(({ id }) => id === header.worker)
  return place === 'ready' || (place === 'delayed' && isPutOff(header, call)) ? workers : []
}

function callOf({ serializer }: ControlParts, { body, header }: TaskRecord): TaskCall {
  try {
    return decodeCall(serializer, body, header.job)
  } catch {
    return { job: header.job }
  }
}

async function explainGone(parts: ControlParts, id: string): Promise<Explanation> {
  const { broker } = parts
  const elsewhere = await findElsewhere(parts, id)
  if (elsewhere !== null) {
    const { namespace, queue } = elsewhere
    const says = `it is in queue ${queue} of the namespace ${namespace} of the same store`
    const fix = `add ?namespace=${encodeURIComponent(namespace)} to the URL of the store`
    const other = reason('OTHER_NAMESPACE', says, { namespace, queue, store: broker.address }, fix)
    return {
      id,
      state: 'gone',
      says: `${id} is not in this namespace of ${broker.address}`,
      reasons: [other],
      task: null,
    }
  }
  const queues = (await broker.queues()).length
  const gone = reason(
    'GONE',
    `none of the queues of this namespace (${String(queues)}) has the task or its record`,
    { queues, store: broker.address },
    'its record may have expired (resultTtl), or it is in another namespace or store: see ?namespace= of the URL',
  )
  return { id, state: 'gone', says: `${id} is not in ${broker.address}`, reasons: [gone], task: null }
}

function sinceWhen({ record: { header }, place, queue: { now }, moved }: Situation): string {
  if (moved !== null) return `was moved to queue ${moved.queue} ${inWords(now - header.endedAt)} ago`
  switch (place) {
    case 'done':
    case 'failed':
      return `ended as ${statusString(header.status)} ${inWords(now - header.endedAt)} ago`
    case 'held':
      return `has run for ${inWords(now - header.startedAt)}`
    case 'delayed':
      return `is due in ${inWords(header.dueAt - now)}`
    case 'ready':
      return `has waited for ${inWords(now - header.dueAt)}`
  }
}

function reasonsOf(situation: Situation): ExplainReason[] {
  if (situation.moved !== null) return [explainMoved(situation.record.header, situation.moved, situation.queue)]
  switch (situation.place) {
    case 'done':
    case 'failed':
      return [whyOver(situation)]
    case 'held':
      return whyHeld(situation)
    case 'delayed':
      return [...unknownJob(situation), ...pausedToo(situation), whyDelayed(situation), ...expiry(situation)].sort(
        delayFirst,
      )
    case 'ready':
      return [...whyReady(situation), ...expiry(situation)].sort(overFirst)
  }
}

function reason(
  code: ExplainCode,
  says: string,
  evidence: ExplainReason['evidence'],
  fix: string | null = null,
): ExplainReason {
  return { code, says, evidence, fix }
}

/** A command for this task alone, whatever its id is. */
function actOn(act: string, { id }: TaskHeader): string {
  return `pq ${act} ${shellWord(exactTerm('id', id))}`
}

function whyOver({ record: { header }, retries }: Situation): ExplainReason {
  const { status, runs, endedAt } = header
  const evidence = { status: statusString(status), runs, endedAt, retriedAs: retries.at(-1) ?? null }
  if (status === SUCCESS) return reason('DONE', `it succeeded in run ${String(runs)}`, evidence)
  const last = retries.at(-1)
  const says = last === undefined ? '' : `, and was retried as ${last}`
  const fix = last === undefined ? actOn('retry', header) : `pq explain ${shellWord(last)}`
  return reason('DONE', `it ended as ${statusString(status)} after ${countOf(runs, 'run')}${says}`, evidence, fix)
}

function whyHeld(situation: Situation): ExplainReason[] {
  const { call, queue, asked } = situation
  const { header } = situation.record
  const worker = queue.workers.find(({ id }) => id === header.worker)
  const name = header.worker === null ? 'a worker' : workerOfId(header.worker)
  const ran = queue.now - header.startedAt
  const evidence = { worker: name, run: header.runs, ms: ran, expiresIn: worker?.expiresIn ?? null }
  if (worker?.state !== 'alive') {
    const says = `${name} has not renewed its lease in time, so it counts as dead soon, and the task runs elsewhere`
    const others = queue.workers.some(({ state }) => state === 'alive')
    const fix = others
      ? 'another worker of the queue takes it back by itself; see why that one has died: its log, and memory'
      : `start a worker, which takes it back: ${consumeFix(header.queue)}`
    return [reason('LEASE_EXPIRED', says, evidence, fix)]
  }
  const running = reason('RUNNING', `${name} runs it: run ${String(header.runs)}, for ${inWords(ran)}`, evidence)
  const [holder] = asked
  const { timeout = 0 } = call
  if (holder?.answer === 'unheard') {
    const says = `nobody hears ${name}, which holds it: it was killed, or has lost its connection; its lease ends in ${inWords(worker.expiresIn)}`
    return [
      reason(
        'SILENT',
        says,
        evidence,
        `see whether ${name} lives; else the task runs elsewhere once the lease has ended`,
      ),
    ]
  }
  if (timeout > 0 && ran > timeout) {
    const says = `it runs for longer than its timeout of ${inWords(timeout)}: the event loop of ${name} may be blocked`
    return [reason('SILENT', says, { ...evidence, timeout }, `look at the log of ${name}`), running]
  }
  if (holder?.answer !== 'silent') return [running]
  const says = `${name} has a valid lease, and has not answered within a second: its event loop is blocked, or it has just died`
  return [
    reason('SILENT', says, evidence, `look at the log of ${name}; a job that computes belongs into a thread`),
    running,
  ]
}

function whyDelayed({ record: { header }, call, queue }: Situation): ExplainReason {
  const dueIn = header.dueAt - queue.now
  const evidence = { dueAt: header.dueAt, dueIn, runs: header.runs }
  const fix = `${actOn('run-now', header)} makes it ready at once`
  if (header.runs > 0) {
    return reason(
      'RETRY_WAIT',
      `run ${String(header.runs)} failed; the next one is in ${inWords(dueIn)}`,
      evidence,
      fix,
    )
  }
  if (isPutOff(header, call)) {
    const { maxConcurrency } = call.meta ?? {}
    const limit = typeof maxConcurrency === 'number' ? { ...evidence, maxConcurrency } : evidence
    const says =
      'a worker has put it off: the limit of its job (maxConcurrency) was reached, or the worker did not know the job'
    return reason(
      'PARKED',
      says,
      limit,
      'it gets a free place in turn; a worker that knows the job takes it when it is due',
    )
  }
  return reason('DELAYED', `it was queued to be due in ${inWords(dueIn)}`, evidence, fix)
}

/** That its time to start is over is the first reason: whatever else holds it up, it will not run. */
function overFirst(a: ExplainReason, b: ExplainReason): number {
  const isOver = ({ code, evidence }: ExplainReason): number =>
    code === 'EXPIRES' && Number(evidence['expiresIn']) <= 0 ? 1 : 0
  return isOver(b) - isOver(a)
}

/** No worker knows the job. One that has not answered may know it. */
function unknownJob({ record: { header }, queue, said }: Situation): ExplainReason[] {
  const alive = queue.workers.filter(({ state }) => state === 'alive').length
  if (said.length === 0 || said.length < alive || said.some(({ knowsJob }) => knowsJob)) return []
  const jobs = Math.max(...said.map((each) => each.jobs))
  const versions = [...new Set(said.flatMap(({ version }) => version ?? []))].sort().join(', ')
  const { unknownSince = null } = header
  const left = (unknownSince ?? queue.now) + UNKNOWN_JOB_GRACE - queue.now
  const end =
    unknownSince === null
      ? `it fails by itself ${inWords(left)} after one of them took it first`
      : left > 0
        ? `it fails by itself in ${inWords(left)}`
        : 'it fails when one takes it'
  const says = `none of the workers that consume ${header.queue} (${String(said.length)}) knows ${header.job} (they know ${countOf(jobs, 'job')}${versions === '' ? '' : `, version ${versions}`})`
  const fix = `deploy workers that know the job; ${end}`
  return [reason('NO_JOB', says, { workers: said.length, jobs, versions, job: header.job }, fix)]
}

/** A delay is the first reason as long as it lasts. */
function delayFirst(a: ExplainReason, b: ExplainReason): number {
  return Number(a.code === 'PAUSED') - Number(b.code === 'PAUSED')
}

function pausedToo({ queue, pausedBy, record: { header } }: Situation): ExplainReason[] {
  if (!queue.paused) return []
  const state = pausedBy === null ? 'is paused' : `has been paused${pausedByInWords(pausedBy, queue.now)}`
  const says = `queue ${header.queue} ${state}: workers get none of its tasks`
  const act = { pausedAt: pausedBy?.at ?? null, pausedBy: pausedBy?.by ?? null, reason: pausedBy?.reason ?? null }
  return [reason('PAUSED', says, { queue: header.queue, ...act }, `pq resume ${shellWord(header.queue)}`)]
}

function whyReady(situation: Situation): ExplainReason[] {
  const { queue, record } = situation
  const { header } = record
  const alive = queue.workers.filter(({ state }) => state === 'alive')
  const slots = alive.reduce((sum, worker) => sum + worker.slots, 0)
  const held = alive.reduce((sum, worker) => sum + worker.held, 0)
  const ahead = queue.ready.reduce((sum, line) => sum + (line.priority > header.priority ? line.count : 0), 0)
  const evidence = { workers: alive.length, slots, held, ahead, ready: queue.sizes.ready, priority: header.priority }
  const found = [...pausedToo(situation), ...unknownJob(situation)]
  const { said } = situation
  if (said.length === alive.length && said.length > 0 && said.every(({ isQuiet }) => isQuiet)) {
    const says = `all workers of ${header.queue} (${String(said.length)}) are quiet: they claim nothing`
    return [...found, reason('NO_WORKER', says, { ...evidence, quiet: said.length }, 'pq workers resume <name>')]
  }
  if (alive.length === 0) {
    const lost = queue.workers.length
    const says =
      lost === 0
        ? `no worker consumes ${header.queue}`
        : `all workers of ${header.queue} (${String(lost)}) have lost their lease`
    return [...found, reason('NO_WORKER', says, { ...evidence, lost }, `start one: ${consumeFix(header.queue)}`)]
  }
  if (header.crashes > 0 || (queue.suspects > 0 && record.outcome === null && header.startedAt > 0)) {
    const says = `it was running in ${header.crashes === 1 ? 'a process' : `${String(header.crashes)} processes`} that died, so it runs alone, in a worker that holds nothing else`
    found.push(reason('SUSPECT', says, { ...evidence, crashes: header.crashes }, null))
  }
  if (ahead > 0) {
    // Entries of revoked tasks stay in their line until a worker comes to them.
    const most = queue.ready.reduce((sum, { count }) => sum + count, 0) > queue.sizes.ready ? 'at most ' : ''
    const says = `${most}${countOf(ahead, 'task')} of a higher priority ${ahead === 1 ? 'is' : 'are'} ready, and first`
    found.push(reason('STARVED', says, evidence, `${actOn('prioritize', header)} --to 9`))
  }
  const { others } = situation
  if (held >= slots || others.length > 0) found.push(allInUse(others, evidence))
  if (found.length > 0) return found
  const says = `${countOf(queue.sizes.ready, 'ready task')} for ${countOf(slots, 'slot')} of ${countOf(alive.length, 'worker')}: they are taken in order`
  return [reason('BUSY', says, evidence, null)]
}

function expiry({ call, record: { header }, queue }: Situation): ExplainReason[] {
  const { expires = 0 } = call
  if (expires === 0) return []
  const left = header.dueAt + expires - queue.now
  const says =
    left > 0
      ? `it is revoked unless it starts within ${inWords(left)}`
      : 'its time to start is over: it is revoked when a worker takes it'
  return [reason('EXPIRES', says, { expiresIn: left }, null)]
}
