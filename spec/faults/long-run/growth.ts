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
/** What grows until the first records expire, and then stays as it is, but for so large a part. */
const OF_RECORDS: ReadonlySet<string> = new Set(['records kept', 'memory (MB)', 'files (MB)'])
const SHARE_OF_RECORDS = 0.2
/** Says nothing where few records are kept; where the first have expired, the size of all of them is judged. */
const SIZE_OF_RECORD = 'bytes a record kept'
/** Shares of the run that are compared. */
const [SECOND, LAST] = [
  [0.1, 0.2],
  [0.9, 1],
] as const
/** Where the share of the run would have to begin at the latest in which the first records have expired. */
const LATEST = 0.7
/** Fewest looks in a share. */
const FEWEST = 3

/** What a process or the store has used early and late in a run. */
export interface Growth {
  readonly of: UsageOf
  readonly what: string
  /** Median of the second tenth of the run, or of the tenth before which the first records have expired; and of the last one. */
  readonly early: number
  readonly late: number
  /** Whether it has grown; null where nothing says that it may not. */
  readonly grows: boolean | null
}

/**
 * Compares what was used early in a run with what was used late. A run that is too short for it has nothing to compare.
 *
 * @param kept - for how long a record is there at most, ms: those of a longer run do not grow from then on
 */
export function growthOf(usages: readonly Usage[], from: number, until: number, kept = Infinity): readonly Growth[] {
  const at = (share: number): number => from + share * (until - from)
  const expired = kept / (until - from)
  const names = new Map<string, readonly [UsageOf, string]>()
  for (const { of, figures } of usages)
    if (of !== 'worker') for (const what of Object.keys(figures)) names.set(`${of} ${what}`, [of, what])
  return [...names.values()].flatMap(([of, what]) => {
    const isOfRecords = OF_RECORDS.has(what) && expired <= LATEST
    const first = isOfRecords ? ([expired, expired + 0.1] as const) : SECOND
    const within = ([begin, end]: readonly [number, number]): number[] =>
      usages
        .filter((usage) => usage.of === of && usage.at >= at(begin) && usage.at <= at(end))
        .flatMap(({ figures }) => figures[what] ?? [])
    const [early, late] = [within(first), within(LAST)].map((looks) => (looks.length < FEWEST ? null : median(looks)))
    if (typeof early !== 'number' || typeof late !== 'number') return []
    if (what === SIZE_OF_RECORD && expired <= LATEST) return [{ of, what, early, late, grows: null }]
    return [isOfRecords ? growthOfRecords(of, what, early, late) : growth(of, what, early, late)]
  })
}

/** Judges what was used early and late in a run. */
export function growth(of: UsageOf, what: string, early: number, late: number): Growth {
  const slack = SLACK[what]
  return { of, what, early, late, grows: slack === undefined ? null : late > early * 1.1 + slack }
}

function growthOfRecords(of: UsageOf, what: string, early: number, late: number): Growth {
  return { of, what, early, late, grows: late > early * (1 + SHARE_OF_RECORDS) }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
