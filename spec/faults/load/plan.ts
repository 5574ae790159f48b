import type { Random } from '../random.js'
import { hostileValue } from './hostile-value.js'

/** Of a hundred tasks of a load, how many are such. */
export interface Mix {
  /** Weights of the jobs. */
  readonly jobs: Readonly<Record<string, number>>
  /** Tasks with one or two runs that fail. */
  readonly failing: number
  /** Tasks whose first run kills its worker. */
  readonly deadly: number
  readonly moments: readonly [Moment, ...Moment[]]
  readonly delayed: number
  /** Tasks with an id of the user's. */
  readonly ownIds: number
  readonly revoked: number
  /** Longest time from the acknowledgement of a task until it is revoked, ms. */
  readonly revokedWithin: number
  /** Calls of `queueMany`. */
  readonly bulk: number
  /** Shortest and longest run, ms. */
  readonly shortest: number
  readonly longest: number
  /** Most tasks of a producer that are not over. */
  readonly pending: number
  /** Whether the jobs come one after the other, and not at random. */
  readonly jobsInTurn: boolean
  /** Whether one more task at a time is queued that one consumer takes in order. */
  readonly line: boolean
}

export const MIX: Mix = {
  jobs: { 'fault.async': 70, 'fault.limited': 10, 'fault.green': 10, 'fault.thread': 5, 'fault.process': 5 },
  failing: 8,
  deadly: 0,
  moments: ['start', 'effect', 'return'],
  delayed: 10,
  ownIds: 20,
  revoked: 2,
  revokedWithin: 100,
  bulk: 15,
  shortest: 0,
  longest: 40,
  pending: 60,
  jobsInTurn: false,
  line: true,
}

/** Where the first run of a task kills its worker; `hold`: it stays until somebody else does, or until held runs are let go. */
export type Moment = 'start' | 'effect' | 'return' | 'hold'

/** Names of the faults of tasks that kill their worker, by the moment. */
export const DEATHS: Readonly<Record<Moment, string>> = {
  start: 'killed by its task at the start',
  effect: 'killed by its task after its effect',
  return: 'killed by its task before its end is recorded',
  hold: 'killed while its task holds',
}

/** Arguments of the jobs of the load. */
export interface JobArgs {
  readonly ms: number
  readonly fails: number
  readonly dies: Moment | null
}

/** A task that is to be queued. */
export interface PlannedTask {
  readonly job: string
  readonly args: JobArgs | { readonly value: unknown } | Readonly<Record<string, never>>
  /** Runs that fail. */
  readonly fails: number
  readonly delay: number
  readonly priority: number
  readonly ownId: boolean
  /** How long after it was acknowledged it is revoked, ms; null: it is not. */
  readonly revokeAfter: number | null
}

/**
 * The next call of `queue` (one task) or `queueMany`, whose tasks have all but their arguments in common.
 *
 * @param number - of the call, from 0 on
 */
export function nextCall(random: Random, all: Mix, number: number): readonly [PlannedTask, ...PlannedTask[]] {
  const mix = all.jobsInTurn ? { ...all, jobs: jobInTurn(all, number) } : all
  const first = nextTask(random, mix)
  if (!random.chance(mix.bulk / 100)) return [first]
  const more = Array.from({ length: random.between(1, 29) }, () => {
    const { args, fails } = nextTask(random, { ...mix, jobs: { [first.job]: 1 } })
    return { ...first, args, fails }
  })
  return [{ ...first, ownId: false }, ...more.map((task) => ({ ...task, ownId: false }))]
}

function nextTask(random: Random, mix: Mix): PlannedTask {
  const per = (hundred: number): boolean => random.chance(hundred / 100)
  const job = pickJob(random, mix)
  const fails = per(mix.failing) ? random.between(1, 2) : 0
  const dies = per(mix.deadly) ? random.pick(mix.moments) : null
  return {
    job,
    args: argsOf(job, random, { ms: random.between(mix.shortest, mix.longest), fails, dies }),
    fails,
    delay: per(mix.delayed) ? random.between(1, 300) : 0,
    priority: per(20) ? random.between(0, 9) : 4,
    ownId: per(mix.ownIds),
    revokeAfter: per(mix.revoked) ? random.between(0, mix.revokedWithin) : null,
  }
}

function argsOf(job: string, random: Random, args: JobArgs): PlannedTask['args'] {
  if (job.startsWith('poison.')) return {}
  return job === 'fault.hostile' ? { value: hostileValue(random) } : args
}

function jobInTurn({ jobs }: Mix, number: number): Mix['jobs'] {
  const names = Object.keys(jobs)
  return { [names[number % names.length] ?? '']: 1 }
}

function pickJob(random: Random, { jobs }: Mix): string {
  const entries = Object.entries(jobs)
  let place = random.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [job, weight] of entries) if ((place -= weight) < 0) return job
  return entries[0]?.[0] ?? ''
}
