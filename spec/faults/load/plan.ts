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
  /** Calls of `queueMany`. */
  readonly bulk: number
  /** Shortest and longest run, ms. */
  readonly shortest: number
  readonly longest: number
  /** Most tasks of a producer that are not over. */
  readonly pending: number
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
  bulk: 15,
  shortest: 0,
  longest: 40,
  pending: 60,
  line: true,
}

/** Where the first run of a task kills its worker; `hold`: it stays until somebody else does, or until held runs are let go. */
export type Moment = 'start' | 'effect' | 'return' | 'hold'

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
  /** Whether it is revoked as soon as it is acknowledged. */
  readonly revoke: boolean
}

/** The next call of `queue` (one task) or `queueMany`, whose tasks have all but their arguments in common. */
export function nextCall(random: Random, mix: Mix): readonly [PlannedTask, ...PlannedTask[]] {
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
    revoke: per(mix.revoked),
  }
}

function argsOf(job: string, random: Random, args: JobArgs): PlannedTask['args'] {
  if (job.startsWith('poison.')) return {}
  return job === 'fault.hostile' ? { value: hostileValue(random) } : args
}

function pickJob(random: Random, { jobs }: Mix): string {
  const entries = Object.entries(jobs)
  let place = random.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [job, weight] of entries) if ((place -= weight) < 0) return job
  return entries[0]?.[0] ?? ''
}
