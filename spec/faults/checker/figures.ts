import type { Event } from '../history/event.js'
import type { Case } from './case.js'
import { longestAfterNewMasters } from './new-masters.js'
import { recoveriesIn } from './recovery.js'
import { secondStarts } from './invariants.js'
import type { TaskHistory } from './task-history.js'

/** What a run has shown, in numbers. */
export interface Figures {
  /** How often each fault was injected, deaths of workers by a task included. */
  readonly injected: Readonly<Record<string, number>>
  /** Workers and producers that ended by SIGKILL. */
  readonly kills: number
  /** Servers of the store that were killed. */
  readonly serverKills: number
  /** Tasks that were acknowledged. */
  readonly tasks: number
  /** Acknowledged tasks that the store does not know in the end. */
  readonly lost: number
  /** Starts beyond the first one and retries. */
  readonly secondStarts: number
  /** Effects of a run that came after the effect of a later run, which they would have overwritten. */
  readonly lateEffects: number
  /** Effects that a service which compares `fence` accepts after that of the recorded run. */
  readonly fencedSecondEffects: number
  /** For each task that a fault interrupted, ms until it ran again; for each fault that was lifted, ms until a task started. */
  readonly recoveries: readonly number[]
  /** For each task whose worker has died, ms in which another worker could have taken it: alive, with a free slot. */
  readonly waits: readonly number[]
  /** By what was done to a master: the longest time from its successor's first write to the first start, and to the first end that was seen, ms. */
  readonly newMasters: Readonly<Record<string, { readonly started: number; readonly ended: number }>>
}

/** How long recoveries took, ms. */
export interface Recovery {
  /** Number of recoveries. */
  readonly samples: number
  /** Null: too few to tell. */
  readonly p50: number | null
  readonly p99: number | null
  /** Null: there was none. */
  readonly longest: number | null
}

/** Fewest samples for a median, and for a 99th percentile: with fewer it would be the longest. */
const FEWEST = { p50: 5, p99: 100 }

export function recoveryOf({ recoveries }: Pick<Figures, 'recoveries'>): Recovery {
  const sorted = recoveries.toSorted((a, b) => a - b)
  const samples = sorted.length
  const at = (share: number): number => Math.round(sorted[Math.min(samples - 1, Math.floor(share * samples))] ?? 0)
  return {
    samples,
    p50: samples < FEWEST.p50 ? null : at(0.5),
    p99: samples < FEWEST.p99 ? null : at(0.99),
    longest: samples === 0 ? null : at(1),
  }
}

export function figuresOf(of: Case): Figures {
  const { events, tasks, end } = of
  const all = [...tasks.values()]
  const sum = (count: (task: TaskHistory) => number): number => all.reduce((total, task) => total + count(task), 0)
  const kills = events.filter((event) => event.e === 'died' && event.how === 'SIGKILL').length
  return {
    injected: injectedOf(events),
    kills,
    serverKills: events.filter(({ e }) => e === 'server-killed').length,
    tasks: all.filter(({ acknowledgedAt }) => acknowledgedAt !== null).length,
    lost: all.filter(({ id, acknowledgedAt }) => acknowledgedAt !== null && !end.records.has(id)).length,
    secondStarts: sum(secondStarts),
    lateEffects: sum(lateEffects),
    fencedSecondEffects: sum((task) => fencedSecondEffects(task, end.records.get(task.id)?.fence ?? null)),
    recoveries: [...recoveriesOfTasks(of), ...recoveriesOfFaults(of)],
    waits: recoveriesIn(of).waits,
    newMasters: longestAfterNewMasters(events),
  }
}

/** How often each fault was injected, by its name. */
export function injectedOf(events: readonly Event[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const event of events) if (event.e === 'fault') counts[event.name] = (counts[event.name] ?? 0) + 1
  return counts
}

function lateEffects({ effects }: TaskHistory): number {
  return effects.filter((fence, i) => effects.slice(0, i).some((earlier) => earlier > fence)).length
}

/** The service keeps the highest fence that it has seen for a task, and accepts what has a higher one. */
function fencedSecondEffects({ effects }: TaskHistory, recorded: number | null): number {
  if (recorded === null) return 0
  let [highest, isOver, second] = [0, false, 0]
  for (const fence of effects) {
    if (fence <= highest) continue
    if (isOver) second += 1
    highest = fence
    isOver ||= fence === recorded
  }
  return second
}

function* recoveriesOfTasks({ events, tasks }: Case): Iterable<number> {
  const runs = [...tasks.values()].flatMap((task) => task.runs)
  const byWorker = new Map<number, typeof runs>()
  for (const run of runs) {
    const ofWorker = byWorker.get(run.pid)
    if (ofWorker) ofWorker.push(run)
    else byWorker.set(run.pid, [run])
  }
  for (const event of events) {
    if (event.e !== 'died' && event.e !== 'frozen') continue
    for (const run of byWorker.get(event.pid) ?? []) {
      if (run.startedAt > event.at || (run.endedAt !== null && run.endedAt < event.at)) continue
      const next = tasks.get(run.id)?.runs.find(({ fence }) => fence > run.fence)
      if (next) yield Math.max(0, next.startedAt - event.at)
    }
  }
}

function* recoveriesOfFaults({ events }: Case): Iterable<number> {
  for (const [i, event] of events.entries()) {
    if (event.e !== 'lifted') continue
    const next = events.slice(i, i + 10_000).find(({ e }) => e === 'started')
    if (next) yield next.at - event.at
  }
}
