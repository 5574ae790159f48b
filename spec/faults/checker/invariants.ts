import type { Event } from '../history/event.js'
import type { Case } from './case.js'
import type { EndQueue } from './end-state.js'
import { recoveriesIn } from './recovery.js'
import type { Run, TaskHistory } from './task-history.js'
import { untoldStarts } from './untold-starts.js'

const [SUCCESS, FAILURE, REVOKED] = [1, 2, 3]
const FINAL: ReadonlySet<number> = new Set([SUCCESS, FAILURE, REVOKED])

/** An invariant: what it says, and what in a case contradicts it. */
export interface Invariant {
  readonly says: string
  /** @returns one sentence a violation */
  violations(of: Case): Iterable<string>
}

/** Tasks that the store knows, with their records; of a store that may lose data, the others are not looked at. */
function* recorded({ tasks, end }: Case) {
  for (const task of tasks.values()) {
    const record = end.records.get(task.id)
    if (record) yield { task, record }
  }
}

const highestFence = ({ runs }: TaskHistory): number => Math.max(0, ...runs.map(({ fence }) => fence))

/** Starts beyond the first, and beyond one for each run that has failed. */
export function secondStarts({ runs }: TaskHistory): number {
  const failed = runs.filter(({ how }) => how === 'failed').length
  return Math.max(0, runs.length - 1 - failed)
}

function* endedOnce({ tasks, end, rules }: Case): Iterable<string> {
  for (const { id, acknowledgedAt } of tasks.values()) {
    if (acknowledgedAt === null) continue
    const record = end.records.get(id)
    if (!record && !rules.mayLose) yield `${id} was acknowledged, and the store does not know it`
    if (record && end.drainedAt !== null && !FINAL.has(record.status))
      yield `${id} has no final state in a drained queue`
  }
}

function* oneLease(of: Case): Iterable<string> {
  for (const { task, record } of recorded(of)) {
    const fences = task.runs.map(({ fence }) => fence)
    for (const fence of new Set(fences)) {
      const pids = task.runs.filter((run) => run.fence === fence).map(({ pid }) => pid)
      const starts = of.rules.repeatsInPlace === true ? new Set(pids).size : pids.length
      if (starts > 1) yield `${task.id} was started ${String(starts)} times under fence ${String(fence)}`
    }
    if (record.fence === null || of.rules.mayLose) continue
    const highest = highestFence(task)
    if (record.fence !== highest)
      yield `the outcome of ${task.id} is that of fence ${String(record.fence)}, and its last run had ${String(highest)}`
  }
}

function* fewStarts(of: Case): Iterable<string> {
  const { end, rules, tasks } = of
  for (const { id, runs, sent } of tasks.values()) {
    const most = 1 + (sent?.retries ?? 0)
    const last = Math.max(0, ...runs.map(({ run }) => run))
    if (sent && last > most) yield `${id} had run ${String(last)}, and may have ${String(most)}`
    if (rules.noRedelivery === true) {
      const more = secondStarts({ runs } as TaskHistory)
      if (more > 0) yield `${id} was started ${String(more)} more times, and nothing has happened to its worker`
    }
  }
  if (rules.mayLose) return
  if (rules.mayForget) {
    yield* untoldStarts(of)
    return
  }
  for (const { name, stats } of end.queues) {
    const mine = [...tasks.values()].filter(({ sent }) => sent?.queue === name)
    const more = mine.reduce((sum, { runs }) => sum + Math.max(0, new Set(runs.map(({ fence }) => fence)).size - 1), 0)
    const told = stats.retried + stats.released + stats.reclaimed
    if (more > told)
      yield `queue ${name} saw ${String(more)} starts after the first ones, and tells of ${String(told)} retries and redeliveries`
  }
}

/** Whether an end that was seen may be forgotten: the end of that run or of a later one is recorded once more, a revocation is not. */
function isForgettable(seen: End, recorded: End): boolean {
  const isStale = seen.fence !== null && recorded.fence !== null && recorded.fence < seen.fence
  return !isStale && (seen.status === recorded.status || seen.status === REVOKED)
}

interface End {
  readonly status: number
  readonly fence: number | null
}

function* finalForEver(of: Case): Iterable<string> {
  for (const { task, record } of recorded(of)) {
    const { id, ends, sent, runs } = task
    for (const end of ends) {
      const isOne = end.endedAt === record.endedAt && end.fence === record.fence
      const same = of.rules.mayForget === true ? isForgettable(end, record) : end.status === record.status && isOne
      if (!same) yield `${id} was seen to end as ${JSON.stringify(end)}, and is recorded as ${JSON.stringify(record)}`
      const later = runs.find(({ startedAt, fence }) => startedAt > end.at && fence > (end.fence ?? highestFence(task)))
      if (later && of.rules.mayForget !== true)
        yield `${id} was started under fence ${String(later.fence)} after its end was seen`
    }
    if (!sent || !FINAL.has(record.status)) continue
    const isPoison = of.rules.poison?.includes(sent.job) === true || record.crashes >= of.rules.crashCap
    if (record.status === FAILURE && sent.fails <= sent.retries && !isPoison)
      yield `${id} ended as FAILURE for no reason`
    if (record.status === REVOKED && !task.revoking && !isPoison)
      yield `${id} ended as REVOKED, and nobody has revoked it`
    if (record.status !== REVOKED && task.revoked && of.rules.mayForget !== true)
      yield `revoke() of ${id} changed it, and it is recorded as ${JSON.stringify(record)}`
  }
}

function* countersAgree({ end, rules, tasks }: Case): Iterable<string> {
  if (rules.mayLose) return
  for (const { name, sizes, stats } of end.queues) {
    const over = stats.succeeded + stats.failed + stats.revoked
    const live = sizes.ready + sizes.delayed + sizes.held
    if (stats.queued !== over + live)
      yield `queue ${name} counts ${String(stats.queued)} queued tasks, ${String(over)} ended and ${String(live)} live ones`
    const mine = [...tasks.values()].filter(({ id, sent }) => sent?.queue === name && end.records.has(id))
    const succeeded = mine.filter(({ id }) => end.records.get(id)?.status === SUCCESS).length
    if (succeeded > stats.succeeded)
      yield `queue ${name} counts ${String(stats.succeeded)} successes, and has records of ${String(succeeded)}`
  }
}

function* liveOnce({ end, rules, tasks }: Case): Iterable<string> {
  if (rules.mayLose) return
  for (const { name, stats } of end.queues) {
    const ids = [...tasks.values()].filter(({ sent }) => sent?.queue === name).length
    if (stats.queued > ids) yield `queue ${name} has queued ${String(stats.queued)} tasks, of ${String(ids)} ids`
  }
}

function* withinLimits({ events, tasks, rules }: Case): Iterable<string> {
  const out = new Map<number, number[]>()
  for (const event of events)
    if (event.e === 'died' || event.e === 'frozen') out.set(event.pid, [...(out.get(event.pid) ?? []), event.at])
  const overAt = ({ pid, startedAt, endedAt }: Run): number =>
    Math.min(endedAt ?? Infinity, ...(out.get(pid) ?? []).filter((at) => at > startedAt))
  for (const [job, limit] of Object.entries(rules.limits)) {
    const runs = [...tasks.values()].flatMap((task) => task.runs).filter((run) => run.job === job)
    const steps = runs.flatMap((run) => [
      { at: run.startedAt, by: 1, run },
      { at: overAt(run), by: -1, run },
    ])
    let running = 0
    for (const { by, run } of steps.toSorted((a, b) => a.at - b.at || a.by - b.by)) {
      running += by
      if (by > 0 && running > limit) yield `${String(running)} tasks of ${job} ran at once when ${run.id} started`
    }
  }
}

function* inOrder({ tasks, rules }: Case): Iterable<string> {
  if (rules.mayForget) return
  const inLine = [...tasks.values()].filter(({ sent, runs }) => sent?.place !== undefined && runs.length > 0)
  for (const producer of new Set(inLine.map(({ sent }) => sent?.producer))) {
    const starts = inLine
      .filter(({ sent }) => sent?.producer === producer)
      .map(({ id, sent, runs }) => ({ id, place: sent?.place ?? 0, at: runs[0]?.startedAt ?? 0 }))
      .toSorted((a, b) => a.at - b.at)
    for (const [i, { id, place }] of starts.entries())
      if (i > 0 && place < (starts[i - 1]?.place ?? 0)) yield `${id} started after a task that was queued later`
  }
}

function* tickedOnce({ events }: Case): Iterable<string> {
  const ids = new Map<number, string>()
  for (const event of events) {
    if (event.e !== 'tick') continue
    const other = ids.get(event.tick) ?? event.id
    if (other !== event.id) yield `tick ${String(event.tick)} was queued as ${other} and as ${event.id}`
    ids.set(event.tick, event.id)
  }
}

function* settled({ events, tasks, rules }: Case): Iterable<string> {
  const finished = new Set(events.flatMap((event) => (event.e === 'finished' ? [event.producer] : [])))
  for (const { id, sent, refused, rejected, ends } of tasks.values()) {
    if (sent === null || !finished.has(sent.producer)) continue
    if (refused === null && rejected === null && ends.length === 0) yield `the future of ${id} has never settled`
    if (rejected !== null && !rules.mayLose)
      yield `the future of ${id}, which was acknowledged, was rejected with ${rejected}`
  }
}

const leftOversOf = ({ name, leftOvers }: EndQueue): string[] =>
  leftOvers.map((each) => `the drained queue ${name} still has ${each}`)

/** What the end of the queues is counted from: a process that has ended as it should is none of it. */
function isFault(event: Event): boolean {
  if (event.e === 'died') return event.how !== '0'
  return event.e === 'fault' || event.e === 'lifted' || event.e === 'thawed' || event.e === 'stopped'
}

function* drains(of: Case): Iterable<string> {
  yield* recoveriesIn(of).late
  const { events, end, rules } = of
  if (end.drainedAt === null) {
    yield 'the queues were never empty'
    return
  }
  const before = events.filter(({ at }) => at < (end.drainedAt ?? 0))
  const last = before.findLast(isFault)?.at
  const took = end.drainedAt - (last ?? end.drainedAt)
  if (took > rules.drainLimit) yield `the queues were empty ${took.toFixed(0)} ms after the last fault`
}

/** I1 to I12 of the promise. */
export const INVARIANTS: Readonly<Record<string, Invariant>> = {
  I1: { says: 'each acknowledged task is in one final state, or live', violations: endedOnce },
  I2: { says: 'a task has one valid lease, and only its holder’s outcome is recorded', violations: oneLease },
  I3: { says: 'a task starts once, and once more for each retry and reported redelivery', violations: fewStarts },
  I4: { says: 'a final state is never overwritten', violations: finalForEver },
  I5: { says: 'counters equal what the store holds', violations: countersAgree },
  I6: { says: 'an id is live at most once', violations: liveOnce },
  I7: { says: 'maxConcurrency is never exceeded', violations: withinLimits },
  I8: { says: 'one consumer of a queue gets its tasks in their order', violations: inOrder },
  I9: { says: 'a tick is queued once', violations: tickedOnce },
  I10: { says: 'each future settles', violations: settled },
  I11: {
    says: 'a drained queue keeps records and counters alone',
    violations: ({ end }) => end.queues.flatMap(leftOversOf),
  },
  I12: {
    says: 'a task whose worker has died goes on in time, and the queues drain soon after the last fault',
    violations: drains,
  },
}
