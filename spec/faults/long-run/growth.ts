import type { Usage, UsageOf } from './usage.js'

/** By how much the median of the last tenth may be above that of the second one: a tenth of it, and so much more. */
const SLACK: Readonly<Record<string, number>> = {
  'heap (MB)': 4,
  'buffers (MB)': 4,
  'resident (MB)': 40,
  'open files': 2,
  handles: 2,
  outstanding: 20_000,
  'keys that stay': 2,
  'keys but of records (MB)': 4,
  files: 2,
  'rows but of records': 20_000,
  'bytes a record kept': 5,
}
/** Shares of the run that are compared. */
const [SECOND, LAST] = [
  [0.1, 0.2],
  [0.9, 1],
] as const
/** Fewest looks in a share. */
const FEWEST = 3

/** What a process or the store has used early and late in a run. */
export interface Growth {
  readonly of: UsageOf
  readonly what: string
  /** Median of the second tenth of the run, and of the last one. */
  readonly early: number
  readonly late: number
  /** Whether it has grown; null where nothing says that it may not. */
  readonly grows: boolean | null
}

/** Compares what was used early in a run with what was used late. A run that is too short for it has nothing to compare. */
export function growthOf(usages: readonly Usage[], from: number, until: number): readonly Growth[] {
  const names = new Map<string, readonly [UsageOf, string]>()
  for (const { of, figures } of usages)
    if (of !== 'worker') for (const what of Object.keys(figures)) names.set(`${of} ${what}`, [of, what])
  return [...names.values()].flatMap(([of, what]) => {
    const within = ([begin, end]: readonly [number, number]): number[] =>
      usages
        .filter((usage) => usage.of === of && usage.at >= at(begin) && usage.at <= at(end))
        .flatMap(({ figures }) => figures[what] ?? [])
    const at = (share: number): number => from + share * (until - from)
    const [early, late] = [within(SECOND), within(LAST)]
    if (early.length < FEWEST || late.length < FEWEST) return []
    return [growth(of, what, median(early), median(late))]
  })
}

/** Judges what was used early and late in a run. */
export function growth(of: UsageOf, what: string, early: number, late: number): Growth {
  const slack = SLACK[what]
  return { of, what, early, late, grows: slack === undefined ? null : late > early * 1.1 + slack }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
