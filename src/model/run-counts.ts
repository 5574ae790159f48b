import { LATENCY_BUCKETS } from './latency-buckets.js'

/** Runs that have ended: how many there were, how long they waited and how long they took. */
export interface RunCounts {
  /** Tasks that ended as SUCCESS. */
  readonly succeeded: number
  /** Tasks that ended as FAILURE. */
  readonly failed: number
  /** Tasks that ended as REVOKED. */
  readonly revoked: number
  /** Runs after which the task runs again. */
  readonly retried: number
  /** Sum of the times from when a run was due to its claim, ms. */
  readonly waitSum: number
  /** Sum of the times that runs took, ms. */
  readonly runSum: number
  /** Number of runs by how long they waited, a number for each of the buckets of `LATENCY_BOUNDS`. */
  readonly wait: readonly number[]
  /** Number of runs by how long they took. What ended before it ran is not among them. */
  readonly run: readonly number[]
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly number[] ? number[] : T[K] }

/** Counts that grow. */
export type GrowingCounts = Mutable<RunCounts>

/** Letters of the counts in a text and in the fields of a store. Those of buckets follow one another. */
const LETTERS = { succeeded: 'V', failed: 'W', revoked: 'X', retried: 'Y', waitSum: 'Z', runSum: 'z' } as const
const COUNTERS = Object.entries(LETTERS) as [keyof typeof LETTERS, string][]
const BY_LETTER = new Map<string, keyof typeof LETTERS>(COUNTERS.map(([name, letter]) => [letter, name]))
const FIRST_WAIT = 'A'.charCodeAt(0)
const FIRST_RUN = 'a'.charCodeAt(0)

/** Counts of nothing yet. */
export function noCounts(): GrowingCounts {
  return {
    succeeded: 0,
    failed: 0,
    revoked: 0,
    retried: 0,
    waitSum: 0,
    runSum: 0,
    wait: new Array<number>(LATENCY_BUCKETS).fill(0),
    run: new Array<number>(LATENCY_BUCKETS).fill(0),
  }
}

/** Adds counts to others. */
export function addCounts(to: GrowingCounts, more: RunCounts): void {
  for (const [name] of COUNTERS) to[name] += more[name]
  for (let i = 0; i < LATENCY_BUCKETS; i += 1) {
    to.wait[i] = (to.wait[i] ?? 0) + (more.wait[i] ?? 0)
    to.run[i] = (to.run[i] ?? 0) + (more.run[i] ?? 0)
  }
}

/** The sum of counts. */
export function sumOfCounts(all: Iterable<RunCounts>): GrowingCounts {
  const sum = noCounts()
  for (const each of all) addCounts(sum, each)
  return sum
}

/** Adds an amount to the count of a letter. A letter that stands for none is passed over. */
export function addToLetter(to: GrowingCounts, letter: string, amount: number): void {
  const name = BY_LETTER.get(letter)
  if (name !== undefined) {
    to[name] += amount
    return
  }
  const code = letter.charCodeAt(0)
  const [buckets, first] = code >= FIRST_RUN ? [to.run, FIRST_RUN] : [to.wait, FIRST_WAIT]
  const known = buckets[code - first]
  if (known !== undefined) buckets[code - first] = known + amount
}

/** Counts as a text: a letter and a number for each count that is not 0, such as `V12A12a11b1`. */
export function writeCounts(counts: RunCounts): string {
  let text = ''
  for (const [name, letter] of COUNTERS) if (counts[name] > 0) text += letter + String(Math.round(counts[name]))
  for (const [i, count] of counts.wait.entries())
    if (count > 0) text += String.fromCharCode(FIRST_WAIT + i) + String(count)
  for (const [i, count] of counts.run.entries())
    if (count > 0) text += String.fromCharCode(FIRST_RUN + i) + String(count)
  return text
}

/** Reads what {@link writeCounts} wrote. */
export function readCounts(text: string): GrowingCounts {
  const counts = noCounts()
  for (const [, letter = '', amount] of text.matchAll(/([A-Za-z])(\d+)/g)) addToLetter(counts, letter, Number(amount))
  return counts
}
